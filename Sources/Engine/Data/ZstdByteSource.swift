internal import CZstd

/// What a zstd file holds, decompressed as it is read: any number of frames, as `zstd` and `cat` make them.
///
/// Memory is bounded by zstd's default window limit (128 MiB), whatever the file announces.
package final class ZstdByteSource: ByteSource {
  private let source: any ByteSource
  private let path: String
  private let context: OpaquePointer
  private let compressed: UnsafeMutableRawBufferPointer
  /// Bytes of `compressed` that are valid, and those already consumed.
  private var filled = 0
  private var consumed = 0
  /// 0 where the input may end: behind a complete frame. Zstandard's hint otherwise, so at least 1.
  private var pending = 1

  package init(_ source: any ByteSource, path: String) {
    guard let context = ZSTD_createDStream() else { preconditionFailure("out of memory for a zstd context") }
    self.source = source
    self.path = path
    self.context = context
    compressed = .allocate(byteCount: ZSTD_DStreamInSize(), alignment: 16)
  }

  deinit {
    ZSTD_freeDStream(context)
    compressed.deallocate()
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      if consumed == filled {
        filled = try source.read(into: compressed)
        consumed = 0
        if filled == 0, pending == 0 { return 0 }
      }
      let isLastInput = filled == 0
      var input = ZSTD_inBuffer(src: compressed.baseAddress, size: filled, pos: consumed)
      var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
      let result = ZSTD_decompressStream(context, &output, &input)
      guard ZSTD_isError(result) == 0 else {
        throw DataError.corruptCompression(file: path, reason: String(cString: ZSTD_getErrorName(result)))
      }
      pending = result
      consumed = input.pos
      if output.pos > 0 { return output.pos }
      if isLastInput {
        // Nothing came in and nothing more is held back.
        guard pending == 0 else { throw DataError.truncatedCompression(file: path) }
        return 0
      }
    }
  }
}
