package import Foundation

/// Bytes that arrive in pieces: of a file, or of what a compressed file holds. Readers see only this, so that every
/// format can be compressed and memory stays bounded.
package protocol ByteSource: AnyObject {
  /// Fills the front of `buffer` and returns how many bytes; 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// A file descriptor that closes itself.
final class FileDescriptor: Sendable {
  let raw: Int32
  let url: URL

  /// Opens for reading. Pipes are accepted, since a stream is all that most readers need.
  init(reading url: URL) throws {
    self.url = url
    raw = open(url.path, O_RDONLY | O_CLOEXEC)
    guard raw >= 0 else { throw FileError("open", url) }
  }

  /// Takes over an open descriptor; `url` names it in errors.
  init(_ raw: Int32, url: URL) {
    self.raw = raw
    self.url = url
  }

  deinit {
    close(raw)
  }

  /// Fills a buffer from a place in the file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < buffer.count {
      let count = pread(raw, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw FileError(action: "read past the end of", path: url.path, code: EIO)
      } else if errno != EINTR {
        throw FileError("read", url)
      }
    }
  }

  func status() throws -> stat {
    var status = stat()
    guard fstat(raw, &status) == 0 else { throw FileError("read", url) }
    return status
  }
}

/// A file from front to back.
package final class FileByteSource: ByteSource {
  private let descriptor: FileDescriptor

  package init(_ file: URL) throws {
    descriptor = try FileDescriptor(reading: file)
    guard try descriptor.status().st_mode & S_IFMT != S_IFDIR else {
      throw FileError(action: "read", path: file.path, code: EISDIR)
    }
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = Foundation.read(descriptor.raw, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw FileError("read", descriptor.url) }
    }
  }
}
