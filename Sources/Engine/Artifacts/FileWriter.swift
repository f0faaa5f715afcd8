/// Files written so that every failure is seen: each write is checked, short writes are continued, and `close` reports
/// what the system only noticed while flushing.
package import Foundation
import Synchronization

/// Writes one file: `append` for streams, `write(_:at:)` for blocks in any order and from any thread.
package final class FileWriter: Sendable {
  private struct State {
    var buffer: [UInt8] = []
    /// Where the buffer belongs in the file.
    var offset = 0
    var isOpen = true
  }

  package let url: URL
  private let descriptor: Int32
  private let state = Mutex(State())
  private static let bufferSize = 1 << 20

  /// Creates the file; one that is there is emptied. `size` bytes are reserved: they read as zero until written, and a
  /// disk without room for them is an error now instead of after hours of work.
  package init(creating url: URL, size: Int = 0) throws {
    self.url = url
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("create", url) }
    if size > 0 {
      var code = EINTR
      while code == EINTR { code = posix_fallocate(descriptor, 0, off_t(size)) }
      guard code == 0 else {
        Glibc.close(descriptor)
        throw FileError(action: "reserve \(size) bytes for", path: url.path, code: code)
      }
    }
    self.descriptor = descriptor
  }

  deinit {
    state.withLock { if $0.isOpen { _ = Glibc.close(descriptor) } }
  }

  /// Appends behind what was appended before. Buffered; safe from any thread, in the order of the calls.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    try state.withLock { state in
      precondition(state.isOpen, "append to a closed file")
      if state.buffer.count + bytes.count > Self.bufferSize { try flush(&state) }
      if bytes.count >= Self.bufferSize {
        try write(bytes, at: state.offset)
        state.offset += bytes.count
      } else {
        state.buffer.append(contentsOf: bytes)
      }
    }
  }

  package func append(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try append($0) }
  }

  package func append(_ text: String) throws {
    try append(Array(text.utf8))
  }

  /// Writes at an absolute position, unbuffered. Threads may write different positions at once.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError("write", url)
      }
      done += count
    }
  }

  /// Writes what is buffered, flushes the file to the disk and closes it. The writer cannot be used afterwards.
  package func close() throws {
    try state.withLock { state in
      guard state.isOpen else { return }
      try flush(&state)
      // EINVAL: pipes and devices have no disk to flush to.
      guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileError("flush", url) }
      state.isOpen = false
      guard Glibc.close(descriptor) == 0 else { throw FileError("close", url) }
    }
  }

  private func flush(_ state: inout State) throws {
    try state.buffer.withUnsafeBytes { try write($0, at: state.offset) }
    state.offset += state.buffer.count
    state.buffer.removeAll(keepingCapacity: true)
  }

  /// Writes a small file whole.
  package static func write(_ text: String, to url: URL) throws {
    let writer = try FileWriter(creating: url)
    try writer.append(text)
    try writer.close()
  }
}
