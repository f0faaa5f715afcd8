import Foundation

/// What the values of a column become as JSON. Numbers, booleans and text are themselves; beyond them:
///
/// - Decimals are text with all their digits, as "12.50": a double would round them. `Record.number` reads such text.
/// - Dates, times and timestamps are text as Python's `isoformat` writes them, with nine digits where a timestamp
///   has nanoseconds: "2024-02-29", "2024-02-29T12:00:00.500000+00:00".
/// - NaN and infinities, which JSON lacks, are the texts "NaN", "Infinity" and "-Infinity", as CSV files have them.
/// - Bytes that nothing marks as text are an object with their base64 text, `{"base64": "AP8="}`: not a string, so that
///   nobody trains on one by accident, and not an error, so that a column of images beside the text does no harm.
enum ParquetValueType: Equatable {
  case bool
  case signed
  case unsigned32, unsigned64
  case half, float, double
  case text, binary
  case uuid
  case decimal(scale: Int)
  case date
  case time(ParquetAnnotation.Unit)
  case timestamp(ParquetAnnotation.Unit, isUTC: Bool)
  /// Nanoseconds of the day in eight bytes, Julian day in four: timestamps of old writers.
  case int96
  case null

  /// `width` is that of `ParquetColumn`.
  init(_ physical: PhysicalType, _ annotation: ParquetAnnotation?, width: Int?) throws {
    switch (annotation, physical) {
    case (.unknown, _): self = .null
    case (nil, .boolean): self = .bool
    case (nil, .int32), (nil, .int64): self = .signed
    case (.integer(let isSigned), .int32): self = isSigned ? .signed : .unsigned32
    case (.integer(let isSigned), .int64): self = isSigned ? .signed : .unsigned64
    case (.decimal(let scale, let precision), .int32), (.decimal(let scale, let precision), .int64),
      (.decimal(let scale, let precision), .byteArray), (.decimal(let scale, let precision), .fixedLengthByteArray):
      guard scale >= 0, scale <= precision, precision <= 10 * Self.decimalLimit else {
        throw ParquetError.Problem.decimalScale(scale: scale, precision: precision)
      }
      self = .decimal(scale: scale)
    case (.date, .int32): self = .date
    case (.time(let unit), .int32), (.time(let unit), .int64): self = .time(unit)
    case (.timestamp(let unit, let isUTC), .int64): self = .timestamp(unit, isUTC: isUTC)
    case (nil, .int96): self = .int96
    case (nil, .float): self = .float
    case (nil, .double): self = .double
    case (.text, .byteArray), (.text, .fixedLengthByteArray): self = .text
    case (nil, .byteArray), (nil, .fixedLengthByteArray): self = .binary
    case (.uuid, .fixedLengthByteArray) where width == 16: self = .uuid
    case (.float16, .fixedLengthByteArray) where width == 2: self = .half
    case (.some(let annotation), _):
      throw ParquetError.Problem.typeMismatch(annotation: "\(annotation)", physical: physical)
    }
  }

  /// Bytes of the longest decimal; Arrow's longest has 32.
  private static let decimalLimit = 64

  /// A value of INT32 (widened with its sign) or INT64.
  func value(_ integer: Int64) throws -> JSONValue {
    switch self {
    case .unsigned32: return .integer(Int(UInt32(truncatingIfNeeded: integer)))
    case .unsigned64 where integer < 0: return .number(Double(UInt64(bitPattern: integer)))
    case .decimal(let scale): return .string(Self.decimal(String(integer.magnitude), integer < 0, scale))
    case .date: return .string(CalendarText.date(day: integer))
    case .time(let unit): return .string(try CalendarText.time(integer, perSecond: unit.perSecond))
    case .timestamp(let unit, let isUTC):
      return .string(CalendarText.timestamp(integer, perSecond: unit.perSecond) + (isUTC ? "+00:00" : ""))
    case .null: return .null
    default: return .integer(Int(integer))
    }
  }

  /// A value of any type but BOOLEAN, as PLAIN writes it: `width` bytes, or those of a BYTE_ARRAY.
  func value(_ bytes: UnsafeRawBufferPointer, _ physical: PhysicalType) throws -> JSONValue {
    switch physical {
    case .int32: return try value(Int64(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self))))
    case .int64: return try value(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
    case .float:
      return Self.number(Double(Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))))
    case .double: return Self.number(Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))))
    case .boolean, .int96, .byteArray, .fixedLengthByteArray: break
    }
    switch self {
    case .text:
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw ParquetError.Problem.textNotUTF8("a text")
      }
      return .string(text)
    case .half:
      let bits = UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self))
      return Self.number(Double(FloatConversion.half(bits)))
    case .uuid:
      let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      return .string(
        [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { hex[$0].joined() }.joined(separator: "-"))
    case .int96:
      let nanoseconds = Int64(littleEndian: bytes.loadUnaligned(as: Int64.self))
      let day = Int64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))) - 2_440_588
      return .string(CalendarText.timestamp(day: day, nanoseconds: nanoseconds))
    case .decimal(let scale): return .string(try Self.decimal(bytes, scale))
    case .null: return .null
    default: return .object(["base64": .string(Data(bytes).base64EncodedString())])
    }
  }

  private static func number(_ value: Double) -> JSONValue {
    if value.isNaN { return .string("NaN") }
    if value.isInfinite { return .string(value < 0 ? "-Infinity" : "Infinity") }
    return .number(value)
  }

  /// A two's complement number, highest byte first.
  private static func decimal(_ bytes: UnsafeRawBufferPointer, _ scale: Int) throws -> String {
    guard !bytes.isEmpty, bytes.count <= decimalLimit else { throw ParquetError.Problem.valueLength(bytes.count) }
    let isNegative = bytes[0] >= 0x80
    var magnitude = Array(bytes)
    if isNegative {
      // -x is the complement of x, plus 1.
      var carry = true
      for index in magnitude.indices.reversed() {
        let (sum, overflow) = (~magnitude[index]).addingReportingOverflow(carry ? 1 : 0)
        magnitude[index] = sum
        carry = overflow
      }
    }
    var digits: [UInt8] = []
    while magnitude.contains(where: { $0 != 0 }) {
      var remainder = 0
      for index in magnitude.indices {
        let dividend = remainder << 8 | Int(magnitude[index])
        magnitude[index] = UInt8(dividend / 10)
        remainder = dividend % 10
      }
      digits.append(UInt8(ascii: "0") + UInt8(remainder))
    }
    return decimal(digits.isEmpty ? "0" : String(decoding: digits.reversed(), as: UTF8.self), isNegative, scale)
  }

  private static func decimal(_ digits: String, _ isNegative: Bool, _ scale: Int) -> String {
    let sign = isNegative ? "-" : ""
    guard scale > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
  }
}
