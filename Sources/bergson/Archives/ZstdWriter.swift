/// A zstd file, written as it grows; under its name only when it is complete.
import CZstd
import Engine
import Foundation

final class ZstdWriter {
  private let url: URL
  private let part: URL
  private let descriptor: Int32
  private let context: OpaquePointer
  private let compressed: UnsafeMutableRawBufferPointer
  private var isFinished = false

  /// - Throws: `FileError`; what is at the path stays there until `finish`.
  init(_ url: URL) throws {
    self.url = url
    part = url.deletingLastPathComponent().appending(path: url.lastPathComponent + ".part")
    descriptor = open(part.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("create", part) }
    guard let context = ZSTD_createCCtx() else { preconditionFailure("out of memory for a zstd context") }
    self.context = context
    compressed = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 16)
    // Damaged archives are then told from whole ones.
    let status = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    precondition(ZSTD_isError(status) == 0, "zstd knows no checksums")
  }

  deinit {
    ZSTD_freeCCtx(context)
    compressed.deallocate()
    close(descriptor)
    if !isFinished { unlink(part.path) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws { try compress(bytes, ZSTD_e_continue) }

  func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  func finish() throws {
    try compress(UnsafeRawBufferPointer(start: nil, count: 0), ZSTD_e_end)
    guard fsync(descriptor) == 0 else { throw FileError("flush", part) }
    guard rename(part.path, url.path) == 0 else { throw FileError("rename", part) }
    isFinished = true
  }

  private func compress(_ bytes: UnsafeRawBufferPointer, _ mode: ZSTD_EndDirective) throws {
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    while true {
      var output = ZSTD_outBuffer(dst: compressed.baseAddress, size: compressed.count, pos: 0)
      let left = ZSTD_compressStream2(context, &output, &input, mode)
      precondition(ZSTD_isError(left) == 0, "zstd: \(String(cString: ZSTD_getErrorName(left)))")
      try put(UnsafeRawBufferPointer(rebasing: compressed[..<output.pos]))
      if mode == ZSTD_e_end ? left == 0 : input.pos == input.size { return }
    }
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw FileError("write", part)
      }
    }
  }
}
