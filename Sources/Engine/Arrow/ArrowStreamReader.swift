/// Reads chosen columns of an Arrow IPC stream; see `ArrowStreamWriter` for the format. Columns of other types may be
/// present: they are skipped, which takes knowing how many buffers each type has.
struct ArrowStreamReader {
  private struct Field {
    let name: String
    let tag: UInt8
    /// Bits of an integer, or precision of a floating-point number (1 single, 2 double).
    let width: Int
    let children: [Field]
  }

  /// Names the stream in errors.
  private let path: String
  private let bytes: UnsafeRawBufferPointer
  private var fields: [Field] = []

  /// The bytes must outlive the reader.
  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  private func malformed(_ reason: String) -> IndexFileError { .malformed(path: path, reason: reason) }

  /// The columns named, in that order.
  mutating func read(_ names: [String]) throws -> [ArrowColumn] {
    precondition(Set(names).count == names.count, "a column is asked for once")
    do {
      return try readMessages(names)
    } catch is FlatBufferReader.OutOfBounds {
      throw malformed("is cut short or no Arrow stream")
    }
  }

  private mutating func readMessages(_ names: [String]) throws -> [ArrowColumn] {
    let stream = FlatBufferReader(bytes: bytes)
    var columns: [ArrowColumn] = []
    // Per column the values of each batch, joined at the end so that long columns are copied once.
    var parts: [[ArrowColumn.Values]] = []
    var position = 0
    var sawSchema = false
    // The format lets a stream end without its mark; a file that does may have lost batches, so here it must be there.
    while true {
      guard try stream.load(position, as: UInt32.self) == 0xFFFF_FFFF else { throw malformed("is no Arrow stream") }
      let length = Int(try stream.load(position + 4, as: UInt32.self))
      if length == 0 { break }
      position += 8
      let metadata = FlatBufferReader(bytes: try slice(bytes, position, length))
      position += length
      let message = try metadata.root()
      let bodyLength = Int(try metadata.integer(3, of: message, default: Int64(0)))
      let body = try slice(bytes, position, bodyLength)
      position += bodyLength
      guard let header = try metadata.table(2, of: message) else { throw malformed("has a message without header") }
      switch try metadata.integer(1, of: message, default: UInt8(0)) {
      case ArrowMessageTag.schema where !sawSchema:
        sawSchema = true
        fields = try metadata.tables(1, of: header).map { try field($0, metadata, depth: 0) }
        columns = try names.map(emptyColumn)
        parts = names.map { _ in [] }
      case ArrowMessageTag.recordBatch where sawSchema:
        try append(header, metadata, body, columns, to: &parts)
      default:
        throw malformed("has a message other than a schema and record batches (dictionaries are not supported)")
      }
    }
    guard sawSchema else { throw malformed("is no Arrow stream") }
    return zip(columns, parts).map { ArrowColumn($0.name, $0.values.joined($1)) }
  }

  private func slice(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) throws -> UnsafeRawBufferPointer {
    guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else {
      throw FlatBufferReader.OutOfBounds()
    }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
  }

  private func field(_ table: FlatBufferReader.Table, _ metadata: FlatBufferReader, depth: Int) throws -> Field {
    guard depth < 16 else { throw malformed("nests types too deeply") }
    guard try metadata.field(4, of: table) == nil else { throw malformed("has dictionaries, which are not supported") }
    let tag = try metadata.integer(2, of: table, default: UInt8(0))
    var width = 0
    if let type = try metadata.table(3, of: table) {
      if tag == ArrowTypeTag.int { width = Int(try metadata.integer(0, of: type, default: Int32(0))) }
      if tag == ArrowTypeTag.floatingPoint { width = Int(try metadata.integer(0, of: type, default: Int16(0))) }
    }
    return Field(
      name: try metadata.string(0, of: table) ?? "", tag: tag, width: width,
      children: try metadata.tables(5, of: table).map { try field($0, metadata, depth: depth + 1) })
  }

  private func emptyColumn(_ name: String) throws -> ArrowColumn {
    guard let field = fields.first(where: { $0.name == name }) else {
      let known = fields.map { "'\($0.name)'" }.joined(separator: ", ")
      throw malformed("has no column '\(name)'; it has \(known)")
    }
    switch (field.tag, field.width) {
    case (ArrowTypeTag.int, 64): return ArrowColumn(name, .int64([]))
    case (ArrowTypeTag.floatingPoint, 1): return ArrowColumn(name, .float32([]))
    case (ArrowTypeTag.floatingPoint, 2): return ArrowColumn(name, .float64([]))
    case (ArrowTypeTag.utf8, _): return ArrowColumn(name, .utf8([]))
    case (ArrowTypeTag.list, _):
      if let element = field.children.first, element.tag == ArrowTypeTag.int, element.width == 64 {
        return ArrowColumn(name, .int64Lists([]))
      }
    default: break
    }
    throw malformed("has column '\(name)' in a type other than int64, float32, float64, string and list of int64")
  }

  private func append(
    _ header: FlatBufferReader.Table, _ metadata: FlatBufferReader, _ body: UnsafeRawBufferPointer,
    _ columns: [ArrowColumn], to parts: inout [[ArrowColumn.Values]]
  ) throws {
    guard try metadata.field(3, of: header) == nil else { throw malformed("is compressed, which is not supported") }
    let rowCount = Int(try metadata.integer(0, of: header, default: Int64(0)))
    var batch = Batch(
      nodes: try metadata.pairs(1, of: header)[...], buffers: try metadata.pairs(2, of: header)[...], body: body)
    for field in fields {
      guard let i = columns.firstIndex(where: { $0.name == field.name }) else {
        try batch.skip(field)
        continue
      }
      let (count, nulls) = try batch.node()
      guard count == rowCount else { throw malformed("has columns of different lengths in one batch") }
      guard nulls == 0 else { throw malformed("has missing values in column '\(field.name)'") }
      _ = try batch.buffer()  // validity
      switch columns[i].values {
      case .int64: parts[i].append(.int64(try batch.values(count)))
      case .float32: parts[i].append(.float32(try batch.values(count)))
      case .float64: parts[i].append(.float64(try batch.values(count)))
      case .utf8:
        let ranges = try batch.ranges(count)
        let text = try batch.buffer()
        let strings = try ranges.map { range in
          let bytes = try slice(text, range.lowerBound, range.count)
          guard let string = String(validating: bytes, as: UTF8.self) else {
            throw malformed("has text that is not UTF-8 in column '\(field.name)'")
          }
          return string
        }
        parts[i].append(.utf8(strings))
      case .int64Lists:
        let ranges = try batch.ranges(count)
        let (elementCount, elementNulls) = try batch.node()
        guard elementNulls == 0 else { throw malformed("has missing values in lists of column '\(field.name)'") }
        _ = try batch.buffer()
        let elements: [Int64] = try batch.values(elementCount)
        guard ranges.allSatisfy({ $0.upperBound <= elements.count }) else { throw FlatBufferReader.OutOfBounds() }
        parts[i].append(.int64Lists(ranges.map { Array(elements[$0]) }))
      case .json: preconditionFailure("`emptyColumn` makes no column of JSON values")
      }
    }
  }

  /// Takes the nodes and buffers of a record batch one after another.
  private struct Batch {
    var nodes: ArraySlice<(Int, Int)>
    var buffers: ArraySlice<(Int, Int)>
    let body: UnsafeRawBufferPointer

    mutating func node() throws -> (count: Int, nulls: Int) {
      guard let node = nodes.popFirst(), 0..<1 << 40 ~= node.0 else { throw FlatBufferReader.OutOfBounds() }
      return node
    }

    mutating func buffer() throws -> UnsafeRawBufferPointer {
      guard let (start, count) = buffers.popFirst(), start >= 0, count >= 0, start <= body.count,
        count <= body.count - start
      else { throw FlatBufferReader.OutOfBounds() }
      return UnsafeRawBufferPointer(rebasing: body[start..<start + count])
    }

    mutating func values<Element: BitwiseCopyable>(_ count: Int) throws -> [Element] {
      let bytes = try buffer()
      let size = MemoryLayout<Element>.size
      guard count <= bytes.count / size else { throw FlatBufferReader.OutOfBounds() }
      return (0..<count).map { bytes.loadUnaligned(fromByteOffset: $0 * size, as: Element.self) }
    }

    /// Offsets `[count + 1]` as ranges.
    mutating func ranges(_ count: Int) throws -> [Range<Int>] {
      if count == 0 {
        _ = try buffer()
        return []
      }
      let offsets: [Int32] = try values(count + 1)
      guard offsets[0] >= 0, zip(offsets, offsets.dropFirst()).allSatisfy(<=) else {
        throw FlatBufferReader.OutOfBounds()
      }
      return zip(offsets, offsets.dropFirst()).map { Int($0)..<Int($1) }
    }

    mutating func skip(_ field: Field) throws {
      _ = try node()
      let bufferCount =
        switch field.tag {
        case ArrowTypeTag.null: 0
        case ArrowTypeTag.structure, ArrowTypeTag.fixedSizeList: 1
        case ArrowTypeTag.binary, ArrowTypeTag.utf8, ArrowTypeTag.largeBinary, ArrowTypeTag.largeUTF8: 3
        default: 2  // Numbers and the like, and lists.
        }
      for _ in 0..<bufferCount { _ = try buffer() }
      for child in field.children { try skip(child) }
    }
  }
}
