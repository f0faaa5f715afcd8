/// Temporary bytes of any number: appended once, front to back, then read at any place and by any thread.
///
/// What fits the write buffer stays there. What does not goes to a file that loses its name as soon as it is made, so
/// that nothing of it is left whichever way the process ends. It is read with `pread`, not mapped: pages of a map that
/// is walked count as the process's memory, and a failing disk is an error instead of a signal.
import Foundation

/// The finished bytes.
final class SpillFile: Sendable {
  private enum Storage: Sendable {
    case memory([UInt8])
    case file(FileDescriptor)
  }

  private let storage: Storage
  let count: Int

  fileprivate init(buffer: [UInt8]) {
    storage = .memory(buffer)
    count = buffer.count
  }

  fileprivate init(file: FileDescriptor, count: Int) {
    storage = .file(file)
    self.count = count
  }

  /// Fills `target` with the bytes from `offset` on; they must be there.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    precondition(offset >= 0 && target.count <= count - offset, "read beyond the end of temporary data")
    switch storage {
    case .memory(let bytes):
      bytes.withUnsafeBytes { target.copyMemory(from: .init(rebasing: $0[offset...].prefix(target.count))) }
    case .file(let file): try file.read(into: target, at: offset)
    }
  }

  /// Whether the bytes went to a file.
  var isOnDisk: Bool {
    if case .file = storage { true } else { false }
  }
}

/// The bytes on their way there.
struct SpillWriter {
  /// Writes smaller than this cost more calls than they save memory, so data sets that fit never become files.
  static let bufferSize = 4 << 20

  private let directory: URL
  private let bufferSize: Int
  private var buffer: [UInt8] = []
  private var file: FileDescriptor?
  /// Bytes in the file.
  private var written = 0

  init(directory: URL = Self.temporaryDirectory, bufferSize: Int = Self.bufferSize) {
    self.directory = directory
    self.bufferSize = bufferSize
  }

  /// A writer to a file that is open.
  init(to file: FileDescriptor, bufferSize: Int) {
    self.init(directory: file.url, bufferSize: bufferSize)
    self.file = file
  }

  /// `TMPDIR`; else `/var/tmp`, which is on a disk where `/tmp` may be memory.
  static var temporaryDirectory: URL {
    URL(fileURLWithPath: ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/var/tmp")
  }

  /// Bytes appended so far.
  var count: Int { written + buffer.count }

  /// - Throws: `SpillError` where the disk refuses.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    if buffer.count + bytes.count > bufferSize { try flush() }
    if bytes.count > bufferSize {
      try write(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  /// The writer may not be used afterwards.
  mutating func finish() throws -> SpillFile {
    guard written > 0 else {
      defer { buffer = [] }
      return SpillFile(buffer: buffer)
    }
    try flush()
    buffer = []
    guard let file else { preconditionFailure("bytes were written to no file") }
    return SpillFile(file: file, count: written)
  }

  private mutating func flush() throws {
    try buffer.withUnsafeBytes { try write($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    if bytes.isEmpty { return }
    do {
      let file = try self.file ?? FileDescriptor(temporaryIn: directory)
      self.file = file
      try file.write(bytes, at: written)
      written += bytes.count
    } catch let error as FileError {
      throw SpillError(directory: directory.path, code: error.code)
    }
  }
}

/// Temporary data could not be written.
package struct SpillError: Error, Equatable, CustomStringConvertible {
  package let directory: String
  /// `errno`.
  package let code: Int32

  package var description: String {
    "cannot keep the rows of the data set in '\(directory)': \(String(cString: strerror(code))); "
      + "set TMPDIR to a directory with room for them"
  }
}

extension FileDescriptor {
  /// A new file to write and read that has no name.
  convenience init(temporaryIn directory: URL) throws {
    var path = Array(directory.appendingPathComponent("bergson-XXXXXX").path.utf8CString)
    let descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw FileError("create a file in", directory) }
    self.init(descriptor, url: directory)
    guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw FileError("open a file in", directory) }
    guard unlink(path) == 0 else { throw FileError("remove a file in", directory) }
  }

  /// Writes all bytes at an absolute position.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(raw, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError("write", url)
      }
      done += count
    }
  }
}
