/// Arrow's IPC stream format (format/Message.fbs), written without nulls, dictionaries or compression.
///
/// A stream is a schema message, record batch messages, and an end mark. A message:
///
///     FF FF FF FF            continuation
///     i32                    bytes of the metadata, padded to a multiple of 8
///     flatbuffer `Message`   version, header (schema or record batch), body length
///     body                   the columns' buffers one after another, each padded to 8
///
/// Buffers of a column: validity (empty here: nothing is null), then the values; strings and lists have int32 offsets
/// `[rows + 1]` first, and a list's elements follow as a column of their own. The end mark is a continuation and length 0.
import Foundation

struct ArrowStreamWriter {
  private let file: FileWriter
  /// FNV-1a of all that was written: names the content for caches, and is no protection against forgery.
  private(set) var fingerprint: UInt64 = 0xCBF2_9CE4_8422_2325
  private static let rowsPerBatch = 1000

  /// Writes all columns, which have the same number of rows, and closes the file.
  init(_ columns: [ArrowColumn], metadata: (key: String, value: String), to url: URL) throws {
    file = try FileWriter(creating: url)
    try write(Self.schema(columns, metadata: metadata), body: [])
    let rowCount = columns.first?.count ?? 0
    for start in stride(from: 0, to: rowCount, by: Self.rowsPerBatch) {
      let rows = start..<min(start + Self.rowsPerBatch, rowCount)
      var batch = Batch(rowCount: rows.count)
      for column in columns { try batch.append(column, rows, path: url.path) }
      try write(batch.message, body: batch.body)
    }
    try emit([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
    try file.close()
  }

  private mutating func write(_ message: FlatBufferWriter, body: [UInt8]) throws {
    var metadata = message.bytes
    while metadata.count % 8 != 0 { metadata.append(0) }
    let length = UInt32(metadata.count)
    try emit([0xFF, 0xFF, 0xFF, 0xFF] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
    try emit(metadata)
    try emit(body)
  }

  private mutating func emit(_ bytes: [UInt8]) throws {
    for byte in bytes { fingerprint = (fingerprint ^ UInt64(byte)) &* 0x100_0000_01B3 }
    try file.append(bytes)
  }

  /// Message: version, header_type, header, bodyLength.
  private static func message(
    _ tag: UInt8, bodyLength: Int, _ fields: [FlatBufferWriter.Field]
  ) -> (writer: FlatBufferWriter, header: [Int]) {
    var writer = FlatBufferWriter()
    let message = writer.table(
      FlatBufferWriter.root, [.short(ArrowMessageTag.version), .byte(tag), .offset, .long(Int64(bodyLength))])
    let header = writer.table(message[2], fields)
    return (writer, header)
  }

  /// Schema: endianness (little by default), fields, custom_metadata.
  private static func schema(_ columns: [ArrowColumn], metadata: (key: String, value: String)) -> FlatBufferWriter {
    var (writer, schema) = message(ArrowMessageTag.schema, bodyLength: 0, [.absent, .offset, .offset])
    let fields = writer.offsets(schema[1], count: columns.count)
    for (column, slot) in zip(columns, fields) { field(slot, column.name, column.values, &writer) }
    let entries = writer.offsets(schema[2], count: 1)
    let entry = writer.table(entries[0], [.offset, .offset])
    writer.string(entry[0], metadata.key)
    writer.string(entry[1], metadata.value)
    return writer
  }

  /// Field: name, nullable, type_type, type, dictionary, children.
  private static func field(
    _ slot: Int, _ name: String, _ values: ArrowColumn.Values, _ writer: inout FlatBufferWriter
  ) {
    let (tag, type, element): (UInt8, [FlatBufferWriter.Field], ArrowColumn.Values?) =
      switch values {
      case .int64: (ArrowTypeTag.int, [.int(64), .byte(1)], nil)  // bitWidth, is_signed
      case .float32: (ArrowTypeTag.floatingPoint, [.short(1)], nil)  // precision
      case .float64: (ArrowTypeTag.floatingPoint, [.short(2)], nil)
      case .utf8: (ArrowTypeTag.utf8, [], nil)
      case .int64Lists: (ArrowTypeTag.list, [], .int64([]))
      }
    let field = writer.table(slot, [.offset, .byte(1), .byte(tag), .offset, .absent, .offset])
    writer.string(field[0], name)
    _ = writer.table(field[3], type)
    let children = writer.offsets(field[5], count: element == nil ? 0 : 1)
    if let element { Self.field(children[0], "item", element, &writer) }
  }

  /// Buffers of a record batch and where they are.
  private struct Batch {
    let rowCount: Int
    private(set) var body: [UInt8] = []
    /// FieldNode: length, null count.
    private var nodes: [(Int, Int)] = []
    /// Buffer: offset, length.
    private var buffers: [(Int, Int)] = []

    init(rowCount: Int) { self.rowCount = rowCount }

    /// RecordBatch: length, nodes, buffers.
    var message: FlatBufferWriter {
      var (writer, batch) = ArrowStreamWriter.message(
        ArrowMessageTag.recordBatch, bodyLength: body.count, [.long(Int64(rowCount)), .offset, .offset])
      writer.pairs(batch[1], nodes)
      writer.pairs(batch[2], buffers)
      return writer
    }

    mutating func append(_ column: ArrowColumn, _ rows: Range<Int>, path: String) throws {
      nodes.append((rows.count, 0))
      buffers.append((body.count, 0))  // validity
      switch column.values {
      case .int64(let values): append(values[rows])
      case .float32(let values): append(values[rows])
      case .float64(let values): append(values[rows])
      case .utf8(let values):
        append(try offsets(values[rows].map(\.utf8.count), column.name, path)[...])
        var text: [UInt8] = []
        for value in values[rows] { text.append(contentsOf: value.utf8) }
        append(text[...])
      case .int64Lists(let values):
        append(try offsets(values[rows].map(\.count), column.name, path)[...])
        let elements = values[rows].flatMap(\.self)
        nodes.append((elements.count, 0))
        buffers.append((body.count, 0))
        append(elements[...])
      }
    }

    private mutating func append<Element: BitwiseCopyable>(_ values: ArraySlice<Element>) {
      let start = body.count
      values.withUnsafeBytes { body.append(contentsOf: $0) }
      buffers.append((start, body.count - start))
      while body.count % 8 != 0 { body.append(0) }
    }

    private func offsets(_ lengths: [Int], _ name: String, _ path: String) throws -> [Int32] {
      var offsets: [Int32] = [0]
      var end = 0
      for length in lengths {
        end += length
        guard let offset = Int32(exactly: end) else {
          throw IndexFileError.malformed(
            path: path, reason: "cannot hold column '\(name)': \(lengths.count) rows have more than 2 GiB")
        }
        offsets.append(offset)
      }
      return offsets
    }
  }
}
