package import Foundation

/// Bytes that arrive in pieces: of a file, or of what a compressed file holds. Readers see only this, so that every
/// format can be compressed and memory stays bounded.
package protocol ByteSource: AnyObject {
  /// Fills the front of `buffer` and returns how many bytes; 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// What the system refuses to do with a file.
package enum FileError: Error, Equatable, CustomStringConvertible {
  case cannotOpen(path: String, reason: String)
  case cannotRead(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  case notARegularFile(path: String)

  package var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "cannot open '\(path)': \(reason)"
    case .cannotRead(let path, let reason): "cannot read '\(path)': \(reason)"
    case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
    case .notARegularFile(let path): "'\(path)' is a directory or a device, expected a file"
    }
  }

  /// The system's words for the current `errno`; call it before anything else can change that.
  static var systemReason: String { String(cString: strerror(errno)) }
}

/// A file descriptor that closes itself.
final class FileDescriptor: Sendable {
  let raw: Int32
  let path: String

  /// Opens for reading. Pipes are accepted, since a stream is all that most readers need.
  init(reading url: URL) throws {
    path = url.path
    raw = open(path, O_RDONLY | O_CLOEXEC)
    guard raw >= 0 else { throw FileError.cannotOpen(path: path, reason: FileError.systemReason) }
  }

  /// Creates or empties a file.
  init(writing url: URL) throws {
    path = url.path
    raw = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard raw >= 0 else { throw FileError.cannotWrite(path: path, reason: FileError.systemReason) }
  }

  deinit {
    close(raw)
  }

  /// Writes all bytes; a full disk is an error, not a short file.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while let base = rest.baseAddress, rest.count > 0 {
      let count = Foundation.write(raw, base, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError.cannotWrite(path: path, reason: FileError.systemReason)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  func status() throws -> stat {
    var status = stat()
    guard fstat(raw, &status) == 0 else { throw FileError.cannotRead(path: path, reason: FileError.systemReason) }
    return status
  }
}

/// A file from front to back.
package final class FileByteSource: ByteSource {
  private let descriptor: FileDescriptor

  package init(_ file: URL) throws {
    descriptor = try FileDescriptor(reading: file)
    guard try descriptor.status().st_mode & S_IFMT != S_IFDIR else {
      throw FileError.notARegularFile(path: file.path)
    }
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = Foundation.read(descriptor.raw, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw FileError.cannotRead(path: descriptor.path, reason: FileError.systemReason) }
    }
  }
}
