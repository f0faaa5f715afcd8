/// What a field of the schema means beyond how it is stored: `LogicalType`, or `ConvertedType` of older files.
/// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
enum ParquetAnnotation: Equatable {
  enum Unit: Int {
    case millis = 1
    case micros, nanos

    var perSecond: Int64 {
      switch self {
      case .millis: 1000
      case .micros: 1_000_000
      case .nanos: 1_000_000_000
      }
    }
  }

  case text
  case list
  case map
  case decimal(scale: Int, precision: Int)
  case date
  case time(Unit)
  case timestamp(Unit, isUTC: Bool)
  case integer(isSigned: Bool)
  /// A column of nothing but nulls.
  case unknown
  case uuid
  case float16

  /// Nil for an annotation that changes nothing here, as BSON and geometry, which stay binary.
  init?(converted: Int, scale: Int, precision: Int) {
    switch converted {
    // UTF8, ENUM, JSON
    case 0, 4, 19: self = .text
    // MAP, MAP_KEY_VALUE
    case 1, 2: self = .map
    case 3: self = .list
    case 5: self = .decimal(scale: scale, precision: precision)
    case 6: self = .date
    case 7: self = .time(.millis)
    case 8: self = .time(.micros)
    case 9: self = .timestamp(.millis, isUTC: true)
    case 10: self = .timestamp(.micros, isUTC: true)
    case 11...14: self = .integer(isSigned: false)
    case 15...18: self = .integer(isSigned: true)
    default: return nil
    }
  }

  /// A value of the union `LogicalType`, nil as above.
  init?(logical reader: inout ThriftReader, _ field: ThriftReader.Field) throws {
    var found: ParquetAnnotation?
    try reader.structure(field, "a logical type") { reader, field in
      switch field.number {
      // STRING, ENUM, JSON
      case 1, 4, 12: found = .text
      case 2: found = .map
      case 3: found = .list
      case 5:
        var scale = 0
        var precision = 0
        try reader.structure(field, "a decimal type") { reader, field in
          switch field.number {
          case 1: scale = try reader.int(field)
          case 2: precision = try reader.int(field)
          default: break
          }
        }
        found = .decimal(scale: scale, precision: precision)
      case 6: found = .date
      case 7, 8:
        let isTime = field.number == 7
        let (unit, isUTC) = try Self.moment(&reader, field)
        found = isTime ? .time(unit) : .timestamp(unit, isUTC: isUTC)
      case 10:
        var isSigned = true
        try reader.structure(field, "an integer type") { reader, field in
          if field.number == 2 { isSigned = try reader.bool(field) }
        }
        found = .integer(isSigned: isSigned)
      case 11: found = .unknown
      case 14: found = .uuid
      case 15: found = .float16
      default: break
      }
    }
    guard let found else { return nil }
    self = found
  }

  private static func moment(
    _ reader: inout ThriftReader, _ field: ThriftReader.Field
  ) throws -> (unit: Unit, isUTC: Bool) {
    var unit: Unit?
    var isUTC = false
    try reader.structure(field, "a time type") { reader, field in
      switch field.number {
      case 1: isUTC = try reader.bool(field)
      case 2:
        try reader.structure(field, "a unit of time") { _, field in
          guard let known = Unit(rawValue: field.number) else {
            throw ParquetError.Problem.unknownNumber("unit of time", field.number)
          }
          unit = known
        }
      default: break
      }
    }
    guard let unit else { throw ParquetError.Problem.missingField(structure: "a time type", field: "unit") }
    return (unit, isUTC)
  }
}
