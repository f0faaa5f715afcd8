/// A file's bytes, mapped read-only: opening costs the same whatever the size, and pages are read when touched.
package import Foundation

package final class MappedFile: @unchecked Sendable {  // The mapping is never written and lives as long as the object.
  package let url: URL
  package let bytes: UnsafeRawBufferPointer

  package init(_ url: URL) throws {
    self.url = url
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", url) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError("examine", url) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(action: "map", path: url.path, code: EISDIR) }
    let size = Int(status.st_size)
    if size == 0 {
      // mmap refuses an empty range.
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let address = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), address != MAP_FAILED else {
      throw FileError("map", url)
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
  }

  deinit {
    if let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
  }
}
