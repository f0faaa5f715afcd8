/// The messages of an Arrow file one after another: of a stream, or of the file format, which is a stream between marks
/// with an index behind it (https://arrow.apache.org/docs/format/Columnar.html, "IPC File Format").
struct ArrowMessages {
  struct Message {
    let tag: UInt8
    let header: FlatBufferReader.Table
    let metadata: FlatBufferReader
    let body: UnsafeRawBufferPointer
  }

  private let bytes: UnsafeRawBufferPointer
  /// Bytes in front of the stream.
  private let origin: Int
  private let stream: FlatBufferReader
  private var position = 0

  /// - Throws: `FlatBufferReader.OutOfBounds` for a file that starts with the mark of the file format and does not end so.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    let mark = "ARROW1".utf8
    var bytes = bytes
    if bytes.starts(with: mark) {
      guard bytes.count >= 8 + 10, bytes.suffix(6).elementsEqual(mark) else { throw FlatBufferReader.OutOfBounds() }
      bytes = UnsafeRawBufferPointer(rebasing: bytes[8..<bytes.count - 10])
      origin = 8
    } else {
      origin = 0
    }
    self.bytes = bytes
    stream = FlatBufferReader(bytes: bytes)
  }

  /// Where the next message begins in the file.
  var offset: Int { origin + position }

  /// The next message; nil at the mark of the end. The format lets a stream end without its mark; one that does may have
  /// lost batches, so here it must be there.
  mutating func next() throws -> Message? {
    guard try stream.load(position, as: UInt32.self) == 0xFFFF_FFFF else { throw FlatBufferReader.OutOfBounds() }
    let length = Int(try stream.load(position + 4, as: UInt32.self))
    if length == 0 { return nil }
    position += 8
    let metadata = FlatBufferReader(bytes: try take(length))
    let message = try metadata.root()
    let body = try take(Int(try metadata.integer(3, of: message, default: Int64(0))))
    guard let header = try metadata.table(2, of: message) else { throw FlatBufferReader.OutOfBounds() }
    return Message(
      tag: try metadata.integer(1, of: message, default: UInt8(0)), header: header, metadata: metadata, body: body)
  }

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= bytes.count - position else { throw FlatBufferReader.OutOfBounds() }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }
}
