/// Records as bytes of a spill file: what was read comes back to the bit, without parsing.
///
///     record   row, file, line (varints), then its columns as an object
///     object   count, then key and value each       text   byte count, UTF-8
///     value    a tag; integers zigzag, numbers as 8 bytes, arrays as count and values
///
/// Varints are base-128, lowest group first. The format never leaves the process, so what is read was written here.
private enum Tag {
  static let null: UInt8 = 0
  static let no: UInt8 = 1
  static let yes: UInt8 = 2
  static let integer: UInt8 = 3
  static let number: UInt8 = 4
  static let string: UInt8 = 5
  static let array: UInt8 = 6
  static let object: UInt8 = 7
}

struct RecordEncoder {
  private(set) var bytes: [UInt8] = []

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// `file` is the place of the record's file in a table.
  mutating func append(_ record: Record, file: Int) {
    varint(UInt64(record.row))
    varint(UInt64(file))
    varint(UInt64(record.line))
    append(record.columns)
  }

  private mutating func append(_ object: JSONObject) {
    varint(UInt64(object.count))
    for (key, value) in object {
      append(key)
      append(value)
    }
  }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 {
      varint(UInt64($0.count))
      bytes.append(contentsOf: $0)
    }
  }

  private mutating func append(_ value: JSONValue) {
    switch value {
    case .null: bytes.append(Tag.null)
    case .bool(let bool): bytes.append(bool ? Tag.yes : Tag.no)
    case .integer(let integer):
      bytes.append(Tag.integer)
      varint(UInt64(bitPattern: Int64(integer << 1 ^ integer >> 63)))
    case .number(let number):
      bytes.append(Tag.number)
      withUnsafeBytes(of: number.bitPattern) { bytes.append(contentsOf: $0) }
    case .string(let text):
      bytes.append(Tag.string)
      append(text)
    case .array(let values):
      bytes.append(Tag.array)
      varint(UInt64(values.count))
      for value in values { append(value) }
    case .object(let object):
      bytes.append(Tag.object)
      append(object)
    }
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

struct RecordDecoder {
  private let bytes: UnsafeRawBufferPointer
  private var position: Int

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  mutating func record(files: [String]) -> Record {
    let row = Int(varint())
    let file = files[Int(varint())]
    let line = Int(varint())
    return Record(row: row, file: file, line: line, columns: object())
  }

  private mutating func object() -> JSONObject {
    let count = Int(varint())
    return JSONObject((0..<count).map { _ in (key: text(), value: value()) })
  }

  private mutating func text() -> String {
    let count = Int(varint())
    defer { position += count }
    return String(decoding: bytes[position..<position + count], as: UTF8.self)
  }

  private mutating func value() -> JSONValue {
    let tag = bytes[position]
    position += 1
    switch tag {
    case Tag.null: return .null
    case Tag.no: return .bool(false)
    case Tag.yes: return .bool(true)
    case Tag.integer:
      let value = varint()
      return .integer(Int(Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)))
    case Tag.number:
      defer { position += 8 }
      return .number(Double(bitPattern: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
    case Tag.string: return .string(text())
    case Tag.array:
      let count = Int(varint())
      return .array((0..<count).map { _ in value() })
    case Tag.object: return .object(object())
    default: preconditionFailure("temporary data has a value of type \(tag)")
    }
  }

  private mutating func varint() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }
}
