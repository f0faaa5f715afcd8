internal import CZlib

/// What a gzip file (RFC 1952) holds, decompressed as it is read: any number of members, as `gzip` and `cat` make them,
/// and zeros behind the last, as tapes have them. Checksums and lengths of all members are checked.
///
/// Memory is bounded by deflate's window of 32 KiB, whatever the file holds.
package final class GzipByteSource: ByteSource {
  private enum Place {
    /// In front of a member; at the end of the file only if `isFirst` is false.
    case between(isFirst: Bool)
    case inMember
    /// Only zeros may follow.
    case padding
  }

  private let source: any ByteSource
  private let path: String
  /// zlib keeps the address of the stream it was initialised with.
  private let stream: UnsafeMutablePointer<z_stream>
  private let compressed: UnsafeMutableRawBufferPointer
  /// Bytes of `compressed` that are valid, and those already consumed.
  private var filled = 0
  private var consumed = 0
  private var place = Place.between(isFirst: true)

  package init(_ source: any ByteSource, path: String) {
    self.source = source
    self.path = path
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    compressed = .allocate(byteCount: 1 << 16, alignment: 16)
    // 16 asks for gzip's framing around the largest window.
    let status = inflateInit2_(stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "out of memory for a zlib context")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    compressed.deallocate()
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      if consumed == filled {
        filled = try source.read(into: compressed)
        consumed = 0
      }
      let isEnd = filled == 0
      switch place {
      case .padding, .between(isFirst: false):
        if isEnd { return 0 }
        try skipPadding()
      case .between(isFirst: true): place = .inMember
      case .inMember:
        let count = try inflateMember(into: buffer)
        if count > 0 { return count }
        if isEnd, case .inMember = place { throw DataError.truncatedCompression(file: path) }
      }
    }
  }

  /// Decides by the next byte behind a member whether another one or padding follows.
  private func skipPadding() throws {
    let isPadding = compressed[consumed] == 0
    if case .padding = place, !isPadding {
      throw DataError.corruptCompression(file: path, reason: "something follows the zeros behind the gzip data")
    }
    guard isPadding else {
      inflateReset(stream)
      place = .inMember
      return
    }
    place = .padding
    while consumed < filled, compressed[consumed] == 0 { consumed += 1 }
  }

  private func inflateMember(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let capacity = min(buffer.count, 1 << 30)  // zlib counts in 32 bits.
    stream.pointee.next_in = compressed.baseAddress?.advanced(by: consumed).assumingMemoryBound(to: Bytef.self)
    stream.pointee.avail_in = uInt(filled - consumed)
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: Bytef.self)
    stream.pointee.avail_out = uInt(capacity)
    let status = inflate(stream, Z_NO_FLUSH)
    consumed = filled - Int(stream.pointee.avail_in)
    switch status {
    case Z_STREAM_END: place = .between(isFirst: false)
    // No progress is possible without more input, or in this call.
    case Z_OK, Z_BUF_ERROR: break
    default:
      let reason = stream.pointee.msg.map { String(cString: $0) } ?? "status \(status) of zlib"
      throw DataError.corruptCompression(file: path, reason: reason)
    }
    return capacity - Int(stream.pointee.avail_out)
  }
}
