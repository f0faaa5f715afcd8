/// A column of an Arrow schema (format/Schema.fbs), or a part of one.
struct ArrowField {
  enum TimeUnit: Int16 {
    case seconds, milliseconds, microseconds, nanoseconds

    var perSecond: Int {
      switch self {
      case .seconds: 1
      case .milliseconds: 1000
      case .microseconds: 1_000_000
      case .nanoseconds: 1_000_000_000
      }
    }
  }

  indirect enum Kind {
    case null
    case bool
    case integer(bits: Int, isSigned: Bool)
    case float(bits: Int)
    /// Text behind offsets of 32 bits, or of 64.
    case text(isLarge: Bool)
    case textView
    case list(isLarge: Bool, element: ArrowField)
    case fixedSizeList(size: Int, element: ArrowField)
    case structure([ArrowField])
    /// Days since 1970, or milliseconds.
    case date(inMilliseconds: Bool)
    /// Time since 1970; with a zone it is the time of UTC.
    case timestamp(TimeUnit, hasZone: Bool)
    /// `indices` into the dictionary with this identity.
    case dictionary(id: Int, indices: Kind)
  }

  let name: String
  let kind: Kind
}

/// The columns of a file, and the values of its dictionaries as fields.
struct ArrowSchema {
  private(set) var fields: [ArrowField] = []
  private(set) var dictionaries: [Int: ArrowField] = [:]
  private let file: String
  private let metadata: FlatBufferReader
  /// Fields that the message has room for. Tables may be referred to many times over, so that a short message would
  /// otherwise describe endlessly many.
  private var budget: Int

  init(_ header: FlatBufferReader.Table, _ metadata: FlatBufferReader, file: String) throws {
    self.file = file
    self.metadata = metadata
    budget = metadata.bytes.count / 16
    guard try metadata.integer(0, of: header, default: Int16(0)) == 0 else {
      throw malformed("stores numbers in big-endian order, which is not supported")
    }
    var names: Set<[UInt8]> = []
    for table in try metadata.tables(1, of: header) {
      let field = try field(table, depth: 0, mayHaveDictionary: true)
      guard names.insert(Array(field.name.utf8)).inserted else {
        throw DataError.duplicateColumn(file: file, column: field.name)
      }
      fields.append(field)
    }
  }

  private func malformed(_ reason: String) -> DataError { .malformedArrow(file: file, reason: reason) }

  private mutating func field(
    _ table: FlatBufferReader.Table, depth: Int, mayHaveDictionary: Bool
  ) throws -> ArrowField {
    budget -= 1
    guard depth < 32, budget >= 0 else { throw malformed("nests types too deeply") }
    guard let name = try metadata.string(0, of: table) ?? (depth > 0 ? "" : nil) else {
      throw malformed("has a column without a name")
    }
    guard let encoding = try metadata.table(4, of: table) else {
      let kind = try kind(table, name, depth: depth, mayHaveDictionary: mayHaveDictionary)
      return ArrowField(name: name, kind: kind)
    }
    // A dictionary inside of a dictionary could refer to itself.
    guard mayHaveDictionary else { throw malformed("has a dictionary inside of a dictionary in column '\(name)'") }
    let id = Int(try metadata.integer(0, of: encoding, default: Int64(0)))
    let indices =
      try metadata.table(1, of: encoding).map { try integer($0, name) } ?? .integer(bits: 32, isSigned: true)
    dictionaries[id] = ArrowField(
      name: name, kind: try kind(table, name, depth: depth, mayHaveDictionary: false))
    return ArrowField(name: name, kind: .dictionary(id: id, indices: indices))
  }

  private mutating func kind(
    _ table: FlatBufferReader.Table, _ name: String, depth: Int, mayHaveDictionary: Bool
  ) throws -> ArrowField.Kind {
    let tag = try metadata.integer(2, of: table, default: UInt8(0))
    guard let type = try metadata.table(3, of: table) else { throw malformed("has no type for column '\(name)'") }
    var children = try metadata.tables(5, of: table).map {
      try field($0, depth: depth + 1, mayHaveDictionary: mayHaveDictionary)
    }
    func element() throws -> ArrowField {
      guard children.count == 1, let element = children.popLast() else {
        throw malformed("has a list of \(children.count) types in column '\(name)', expected one")
      }
      return element
    }
    switch tag {
    case ArrowTypeTag.null: return .null
    case ArrowTypeTag.bool: return .bool
    case ArrowTypeTag.int: return try integer(type, name)
    case ArrowTypeTag.floatingPoint:
      let precision = try metadata.integer(0, of: type, default: Int16(0))
      guard 0...2 ~= precision else { throw malformed("has no known precision for column '\(name)'") }
      return .float(bits: 16 << precision)
    case ArrowTypeTag.utf8: return .text(isLarge: false)
    case ArrowTypeTag.largeUTF8: return .text(isLarge: true)
    case ArrowTypeTag.utf8View: return .textView
    case ArrowTypeTag.list: return .list(isLarge: false, element: try element())
    case ArrowTypeTag.largeList: return .list(isLarge: true, element: try element())
    case ArrowTypeTag.fixedSizeList:
      let size = Int(try metadata.integer(0, of: type, default: Int32(0)))
      guard size >= 0 else { throw malformed("has lists of \(size) elements in column '\(name)'") }
      return .fixedSizeList(size: size, element: try element())
    case ArrowTypeTag.structure:
      guard Set(children.map { Array($0.name.utf8) }).count == children.count else {
        throw malformed("has two members of one name in column '\(name)'")
      }
      return .structure(children)
    case ArrowTypeTag.date:
      return .date(inMilliseconds: try metadata.integer(0, of: type, default: Int16(1)) == 1)
    case ArrowTypeTag.timestamp:
      guard let unit = ArrowField.TimeUnit(rawValue: try metadata.integer(0, of: type, default: Int16(0))) else {
        throw malformed("has no known unit of time for column '\(name)'")
      }
      return .timestamp(unit, hasZone: try metadata.string(1, of: type) ?? "" != "")
    default:
      throw DataError.unsupportedColumn(
        file: file, column: name, type: ArrowTypeTag.otherNames[tag] ?? "type \(tag)")
    }
  }

  private func integer(_ type: FlatBufferReader.Table, _ name: String) throws -> ArrowField.Kind {
    let bits = Int(try metadata.integer(0, of: type, default: Int32(0)))
    guard [8, 16, 32, 64].contains(bits) else { throw malformed("has integers of \(bits) bits in column '\(name)'") }
    return .integer(bits: bits, isSigned: try metadata.integer(1, of: type, default: UInt8(0)) != 0)
  }
}
