internal import CLZ4
internal import CSnappy
internal import CZlib
internal import CZstd

/// How the bytes of pages are compressed.
/// https://github.com/apache/parquet-format/blob/master/Compression.md
enum ParquetCodec: Int {
  case uncompressed, snappy, gzip, lzo, brotli, lz4, zstd, lz4Raw
}

extension ParquetCodec: CustomStringConvertible {
  var description: String {
    switch self {
    case .uncompressed: "none"
    case .snappy: "snappy"
    case .gzip: "gzip"
    case .lzo: "LZO"
    case .brotli: "Brotli"
    case .lz4, .lz4Raw: "lz4"
    case .zstd: "zstd"
    }
  }
}

extension ParquetCodec {
  /// Fills `target`, all of it. A page that decompresses to fewer or more bytes is refused, so what it can make this
  /// program write is what its header has announced and the limit on pages has allowed.
  func decompress(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) throws {
    switch self {
    case .uncompressed:
      try require(source.count, target)
      target.copyMemory(from: source)
    case .snappy: try snappy(source, target)
    case .gzip: try inflate(source, target)
    case .zstd:
      let count = ZSTD_decompress(target.baseAddress, target.count, source.baseAddress, source.count)
      guard ZSTD_isError(count) == 0 else { throw corrupt }
      try require(count, target)
    case .lz4Raw: try lz4(source, target)
    case .lz4:
      // Hadoop frames its blocks; parquet-cpp wrote bare blocks under this name for years, and readers accept both.
      if !hadoop(source, target) { try lz4(source, target) }
    case .lzo, .brotli: throw ParquetError.Problem.unsupportedCodec(description)
    }
  }

  private var corrupt: ParquetError.Problem { .corruptCompression(codec: description) }

  private func require(_ count: Int, _ target: UnsafeMutableRawBufferPointer) throws {
    guard count == target.count else { throw ParquetError.Problem.pageSize(found: count, expected: target.count) }
  }

  private func snappy(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) throws {
    let input = source.bindMemory(to: CChar.self).baseAddress
    var count = 0
    guard snappy_uncompressed_length(input, source.count, &count) == SNAPPY_OK else { throw corrupt }
    try require(count, target)
    let output = target.bindMemory(to: CChar.self).baseAddress
    guard snappy_uncompress(input, source.count, output, &count) == SNAPPY_OK else { throw corrupt }
  }

  private func inflate(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) throws {
    var stream = z_stream()
    // 15 bits of window, and 32 to recognise the headers of gzip and zlib, which some writers mix up.
    let status = inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "out of memory for a zlib context")
    defer { inflateEnd(&stream) }
    // A page has fewer than 2^31 bytes. zlib never writes to its input.
    stream.next_in = UnsafeMutableRawPointer(mutating: source.baseAddress)?.assumingMemoryBound(to: UInt8.self)
    stream.avail_in = UInt32(source.count)
    stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.avail_out = UInt32(target.count)
    let end = CZlib.inflate(&stream, Z_FINISH)
    // Z_BUF_ERROR says that the output is full, or that the input ended too early with room left.
    if end == Z_BUF_ERROR, stream.avail_out == 0 {
      throw ParquetError.Problem.pageSize(found: target.count + 1, expected: target.count)
    }
    guard end == Z_STREAM_END else { throw corrupt }
    try require(target.count - Int(stream.avail_out), target)
  }

  private func lz4(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) throws {
    let count = LZ4_decompress_safe(
      source.bindMemory(to: CChar.self).baseAddress, target.bindMemory(to: CChar.self).baseAddress,
      Int32(source.count), Int32(target.count))
    guard count >= 0 else { throw corrupt }
    try require(Int(count), target)
  }

  /// Frames of a decompressed size, a compressed size (four bytes each, highest first) and a block. False, whatever
  /// `target` then holds, where the bytes are no such frames.
  private func hadoop(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) -> Bool {
    var position = 0
    var filled = 0
    while position < source.count {
      guard source.count - position >= 8 else { return false }
      let size = Int(UInt32(bigEndian: source.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
      let stored = Int(UInt32(bigEndian: source.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self)))
      position += 8
      guard size <= target.count - filled, stored <= source.count - position else { return false }
      let count = LZ4_decompress_safe(
        source.baseAddress.map { ($0 + position).assumingMemoryBound(to: CChar.self) },
        target.baseAddress.map { ($0 + filled).assumingMemoryBound(to: CChar.self) }, Int32(stored), Int32(size))
      guard count == size else { return false }
      position += stored
      filled += size
    }
    return filled == target.count
  }

  /// CRC-32 of a page's bytes as they stand in the file.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
  }
}
