/// Arrow's IPC stream format (format/Message.fbs), written without dictionaries or compression.
///
/// A stream is a schema message, record batch messages, and an end mark. A message:
///
///     FF FF FF FF            continuation
///     i32                    bytes of the metadata, padded to a multiple of 8
///     flatbuffer `Message`   version, header (schema or record batch), body length
///     body                   the columns' buffers one after another, each padded to 8
///
/// Buffers of a column: validity (a bit for each entry; empty where nothing is missing), then the values; strings and
/// lists have int32 offsets `[rows + 1]` first, and a list's elements and a structure's fields follow as columns of their
/// own. The end mark is a continuation and length 0.
import Foundation

struct ArrowStreamWriter {
  private let file: FileWriter
  private let fields: [ArrowType.Field]
  /// FNV-1a of all that was written: names the content for caches, and is no protection against forgery.
  private(set) var fingerprint: UInt64 = 0xCBF2_9CE4_8422_2325

  init(_ fields: [ArrowType.Field], metadata: (key: String, value: String), to url: URL) throws {
    file = try FileWriter(creating: url)
    self.fields = fields
    try write(Self.schema(fields, metadata: metadata), body: [])
  }

  /// Writes some rows. The columns are those of the schema, equally long.
  mutating func append(_ columns: [ArrowColumn]) throws {
    precondition(columns.elementsEqual(fields) { $0.name == $1.name && $0.type == $1.type }, "columns of the schema")
    let rowCount = columns.first?.count ?? 0
    precondition(columns.allSatisfy { $0.count == rowCount }, "columns of equal length")
    var batch = ArrowBatchBuilder()
    for column in columns {
      do {
        try batch.append(column.values)
      } catch is ArrowBatchBuilder.Oversized {
        throw IndexFileError.malformed(
          path: file.url.path, reason: "cannot hold column '\(column.name)': \(rowCount) rows have more than 2 GiB")
      }
    }
    var (message, header) = Self.message(
      ArrowMessageTag.recordBatch, bodyLength: batch.body.count, [.long(Int64(rowCount)), .offset, .offset])
    message.pairs(header[1], batch.nodes)
    message.pairs(header[2], batch.buffers)
    try write(message, body: batch.body)
  }

  /// Writes the end mark and closes the file.
  mutating func finish() throws {
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
  private static func schema(_ columns: [ArrowType.Field], metadata: (key: String, value: String)) -> FlatBufferWriter {
    var (writer, schema) = message(ArrowMessageTag.schema, bodyLength: 0, [.absent, .offset, .offset])
    let fields = writer.offsets(schema[1], count: columns.count)
    for (column, slot) in zip(columns, fields) { field(slot, column, &writer) }
    let entries = writer.offsets(schema[2], count: 1)
    let entry = writer.table(entries[0], [.offset, .offset])
    writer.string(entry[0], metadata.key)
    writer.string(entry[1], metadata.value)
    return writer
  }

  /// Field: name, nullable, type_type, type, dictionary, children.
  private static func field(_ slot: Int, _ column: ArrowType.Field, _ writer: inout FlatBufferWriter) {
    let (tag, type, elements): (UInt8, [FlatBufferWriter.Field], [ArrowType.Field]) =
      switch column.type {
      case .null: (ArrowTypeTag.null, [], [])
      case .bool: (ArrowTypeTag.bool, [], [])
      case .int64: (ArrowTypeTag.int, [.int(64), .byte(1)], [])  // bitWidth, is_signed
      case .float32: (ArrowTypeTag.floatingPoint, [.short(1)], [])  // precision
      case .float64: (ArrowTypeTag.floatingPoint, [.short(2)], [])
      case .utf8, .json: (ArrowTypeTag.utf8, [], [])
      case .list(let element): (ArrowTypeTag.list, [], [ArrowType.Field("item", element)])
      case .structure(let fields): (ArrowTypeTag.structure, [], fields)
      }
    let field = writer.table(slot, [.offset, .byte(1), .byte(tag), .offset, .absent, .offset])
    writer.string(field[0], column.name)
    _ = writer.table(field[3], type)
    let children = writer.offsets(field[5], count: elements.count)
    for (element, child) in zip(elements, children) { Self.field(child, element, &writer) }
  }
}
