/// As much of the FlatBuffers encoding as Arrow's messages need (https://flatbuffers.dev/internals).
///
/// Everything is little-endian and aligned to its size from the start of the buffer:
///
///     table    i32 distance back to the vtable, then the fields that are present
///     vtable   u16 its own bytes, u16 the table's bytes, then per field u16 distance from the table, 0 if absent
///     vector   u32 count, elements; strings are vectors of bytes with a NUL behind
///     offset   u32 distance forward from where it stands to a table, vector or string
///
/// Offsets point forward, so parents are written before their children and patched when the child is placed.
struct FlatBufferWriter {
  enum Field {
    case absent
    case byte(UInt8)
    case short(Int16)
    case int(Int32)
    case long(Int64)
    /// To be filled in by `point(_:)`.
    case offset

    fileprivate var size: Int {
      switch self {
      case .absent: 0
      case .byte: 1
      case .short: 2
      case .int, .offset: 4
      case .long: 8
      }
    }
  }

  private(set) var bytes: [UInt8] = [0, 0, 0, 0]  // The offset of the root table.

  /// Where the offset of the root table stands.
  static let root = 0

  /// Makes the offset at `slot` point to what is written next, which must be aligned to `alignment`.
  private mutating func place(_ slot: Int, alignment: Int, padding: Int = 0) {
    while (bytes.count + padding) % alignment != 0 { bytes.append(0) }
    store(UInt32(bytes.count - slot), at: slot)
  }

  /// Writes a table where `slot` points to; returns where each field stands.
  mutating func table(_ slot: Int, _ fields: [Field]) -> [Int] {
    var cursor = 4
    let distances = fields.map { field in
      guard field.size > 0 else { return 0 }
      cursor = (cursor + field.size - 1) / field.size * field.size
      defer { cursor += field.size }
      return cursor
    }
    while bytes.count % 2 != 0 { bytes.append(0) }
    let vtable = bytes.count
    append(UInt16(4 + 2 * fields.count))
    append(UInt16(cursor))
    for distance in distances { append(UInt16(distance)) }
    place(slot, alignment: 8)
    let table = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: cursor))
    store(Int32(table - vtable), at: table)
    for (field, distance) in zip(fields, distances) {
      switch field {
      case .absent, .offset: break
      case .byte(let value): store(value, at: table + distance)
      case .short(let value): store(value, at: table + distance)
      case .int(let value): store(value, at: table + distance)
      case .long(let value): store(value, at: table + distance)
      }
    }
    return distances.map { table + $0 }
  }

  /// Writes a vector of offsets; returns where they stand.
  mutating func offsets(_ slot: Int, count: Int) -> [Int] {
    place(slot, alignment: 4)
    append(UInt32(count))
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: 4 * count))
    return (0..<count).map { start + 4 * $0 }
  }

  /// Writes a vector of structs that are pairs of 64-bit integers.
  mutating func pairs(_ slot: Int, _ pairs: [(Int, Int)]) {
    // The elements, not the count before them, are aligned to 8.
    place(slot, alignment: 8, padding: 4)
    append(UInt32(pairs.count))
    for (first, second) in pairs {
      append(Int64(first))
      append(Int64(second))
    }
  }

  mutating func string(_ slot: Int, _ text: String) {
    place(slot, alignment: 4)
    append(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
    bytes.append(0)
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func store(_ value: some FixedWidthInteger, at position: Int) {
    withUnsafeBytes(of: value.littleEndian) { source in
      bytes.replaceSubrange(position..<position + source.count, with: source)
    }
  }
}
