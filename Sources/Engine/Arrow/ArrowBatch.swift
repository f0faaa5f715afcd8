/// The nodes and buffers of a record batch (Message.fbs), taken one after another as the fields ask for them.
///
/// Nothing is believed about sizes: buffers lie within the body, and no column has more entries than bits.
internal import CZstd

struct ArrowBatch {
  let rowCount: Int
  private let file: String
  private let body: UnsafeRawBufferPointer
  /// Keeps the memory of `body` alive.
  private let owner: AnyObject
  private let isCompressed: Bool
  private var nodes: ArraySlice<(Int, Int)>
  private var buffers: ArraySlice<(Int, Int)>
  private var variadicCounts: ArraySlice<Int>
  /// Bytes that decompression may still fill.
  private var decompressible = Self.maximumDecompressed

  /// Batches have a thousand to some ten thousand rows; one that unfolds to more than this is no data set.
  private static let maximumDecompressed = 1 << 31
  /// Columns without values, of type null, may have so many entries.
  private static let maximumWithoutBytes = 1 << 20

  init(
    _ header: FlatBufferReader.Table, _ message: ArrowMessages.Message, owner: AnyObject, file: String
  ) throws {
    let metadata = message.metadata
    self.file = file
    self.owner = owner
    body = message.body
    rowCount = Int(try metadata.integer(0, of: header, default: Int64(0)))
    nodes = try metadata.pairs(1, of: header)[...]
    buffers = try metadata.pairs(2, of: header)[...]
    let (start, count) = try metadata.vector(4, of: header, elementSize: 8)
    variadicCounts = try (0..<count).map { Int(try metadata.load(start + 8 * $0, as: Int64.self)) }[...]
    guard let compression = try metadata.table(3, of: header) else {
      isCompressed = false
      return
    }
    let codec = try metadata.integer(0, of: compression, default: Int8(0))
    guard codec == 1 else {
      throw DataError.malformedArrow(
        file: file,
        reason: "is compressed with \(codec == 0 ? "lz4" : "codec \(codec)"), which is not supported;"
          + " write it with zstd or without compression")
    }
    isCompressed = true
  }

  /// Entries and missing entries of the next field.
  mutating func node() throws -> (count: Int, nulls: Int) {
    let bytes = isCompressed ? Self.maximumDecompressed : body.count
    guard let node = nodes.popFirst(), 0...max(Self.maximumWithoutBytes, 8 * bytes) ~= node.0 else {
      throw FlatBufferReader.OutOfBounds()
    }
    return node
  }

  mutating func variadicCount() throws -> Int {
    guard let count = variadicCounts.popFirst(), 0...buffers.count ~= count else {
      throw FlatBufferReader.OutOfBounds()
    }
    return count
  }

  mutating func buffer() throws -> ArrowBuffer {
    guard let (start, count) = buffers.popFirst(), start >= 0, count >= 0, start <= body.count,
      count <= body.count - start
    else { throw FlatBufferReader.OutOfBounds() }
    let bytes = UnsafeRawBufferPointer(rebasing: body[start..<start + count])
    return isCompressed && count > 0 ? try decompressed(bytes) : ArrowBuffer(bytes: bytes, owner: owner)
  }

  /// A buffer of `count` elements of `width` bytes, at least.
  mutating func buffer(_ count: Int, width: Int) throws -> ArrowBuffer {
    let buffer = try buffer()
    guard count <= buffer.bytes.count / width else { throw FlatBufferReader.OutOfBounds() }
    return buffer
  }

  /// i64 length, -1 for a buffer that is not compressed after all, then a frame of zstd.
  private mutating func decompressed(_ bytes: UnsafeRawBufferPointer) throws -> ArrowBuffer {
    let length = Int(try FlatBufferReader(bytes: bytes).load(0, as: Int64.self))
    let frame = UnsafeRawBufferPointer(rebasing: bytes[8...])
    if length == -1 { return ArrowBuffer(bytes: frame, owner: owner) }
    guard 0...decompressible ~= length else {
      throw DataError.malformedArrow(file: file, reason: "has a batch that decompresses to more than 2 GiB")
    }
    decompressible -= length
    // Memory that nothing is written to costs nothing: a false length is harmless.
    let memory = ArrowMemory(byteCount: length)
    let count = ZSTD_decompress(memory.bytes.baseAddress, length, frame.baseAddress, frame.count)
    guard ZSTD_isError(count) == 0 else {
      throw DataError.corruptCompression(file: file, reason: String(cString: ZSTD_getErrorName(count)))
    }
    guard count == length else { throw FlatBufferReader.OutOfBounds() }
    return ArrowBuffer(bytes: UnsafeRawBufferPointer(memory.bytes), owner: memory)
  }
}

/// Bytes together with what keeps them alive.
struct ArrowBuffer {
  let bytes: UnsafeRawBufferPointer
  let owner: AnyObject

  /// An element; the caller has checked the size.
  @inline(__always)
  func load<Value: BitwiseCopyable>(_ index: Int, as type: Value.Type) -> Value {
    bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Value>.size, as: type)
  }

  /// A bit, the lowest of a byte first; the caller has checked the size.
  func bit(_ index: Int) -> Bool { bytes[index >> 3] >> UInt8(index & 7) & 1 != 0 }
}

private final class ArrowMemory {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: 64)
  }

  deinit {
    bytes.deallocate()
  }
}
