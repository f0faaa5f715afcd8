/// Reads FlatBuffers (see `FlatBufferWriter` for the encoding). Every access is checked against the buffer's bounds.

struct FlatBufferReader {
  /// The buffer ends before something it refers to.
  struct OutOfBounds: Error {}

  struct Table {
    fileprivate let position: Int
    fileprivate let vtable: Int
    fileprivate let vtableSize: Int
  }

  let bytes: UnsafeRawBufferPointer

  func load<Value: FixedWidthInteger>(_ position: Int, as type: Value.Type) throws -> Value {
    guard position >= 0, position <= bytes.count - MemoryLayout<Value>.size else { throw OutOfBounds() }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
  }

  func root() throws -> Table { try table(at: target(of: 0)) }

  /// Follows the offset at `position`.
  func target(of position: Int) throws -> Int {
    position + Int(try load(position, as: UInt32.self))
  }

  func table(at position: Int) throws -> Table {
    let vtable = position - Int(try load(position, as: Int32.self))
    return Table(position: position, vtable: vtable, vtableSize: Int(try load(vtable, as: UInt16.self)))
  }

  /// Where a field stands; nil if it is absent and has its default.
  func field(_ index: Int, of table: Table) throws -> Int? {
    guard 4 + 2 * index + 2 <= table.vtableSize else { return nil }
    let distance = Int(try load(table.vtable + 4 + 2 * index, as: UInt16.self))
    return distance == 0 ? nil : table.position + distance
  }

  func integer<Value: FixedWidthInteger>(_ index: Int, of table: Table, default value: Value) throws -> Value {
    guard let position = try field(index, of: table) else { return value }
    return try load(position, as: Value.self)
  }

  func table(_ index: Int, of table: Table) throws -> Table? {
    guard let position = try field(index, of: table) else { return nil }
    return try self.table(at: target(of: position))
  }

  /// Where the elements of a vector start, and how many there are; none for an absent vector.
  func vector(_ index: Int, of table: Table, elementSize: Int) throws -> (start: Int, count: Int) {
    guard let position = try field(index, of: table) else { return (0, 0) }
    let start = try target(of: position)
    let count = Int(try load(start, as: UInt32.self))
    guard count <= (bytes.count - start - 4) / elementSize else { throw OutOfBounds() }
    return (start + 4, count)
  }

  func tables(_ index: Int, of table: Table) throws -> [Table] {
    let (start, count) = try vector(index, of: table, elementSize: 4)
    return try (0..<count).map { try self.table(at: target(of: start + 4 * $0)) }
  }

  /// A vector of structs that are pairs of 64-bit integers.
  func pairs(_ index: Int, of table: Table) throws -> [(Int, Int)] {
    let (start, count) = try vector(index, of: table, elementSize: 16)
    return try (0..<count).map { i in
      (Int(try load(start + 16 * i, as: Int64.self)), Int(try load(start + 16 * i + 8, as: Int64.self)))
    }
  }

  func string(_ index: Int, of table: Table) throws -> String? {
    let (start, count) = try vector(index, of: table, elementSize: 1)
    return String(validating: bytes[start..<start + count], as: UTF8.self)
  }
}
