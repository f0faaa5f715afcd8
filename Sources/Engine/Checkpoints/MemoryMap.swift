package import Foundation

/// A file mapped read-only into memory. The mapping lives as long as this object: keep it beside whatever points in.
///
/// A file that another process truncates while it is mapped ends this process with SIGBUS; checkpoints are written
/// once, so this is the price of reading gigabytes without a copy.
package final class MemoryMap: @unchecked Sendable {
  /// The file's bytes. Nothing ever writes through it, hence `@unchecked Sendable`.
  package let bytes: UnsafeRawBufferPointer
  package let url: URL

  package init(_ url: URL) throws {
    self.url = url
    let descriptor = try FileDescriptor(reading: url)
    let status = try descriptor.status()
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(action: "map", path: url.path, code: EISDIR) }
    let count = Int(status.st_size)
    guard count > 0 else {
      // mmap refuses an empty range, yet an empty file is a readable one.
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor.raw, 0)
    guard let address, address != MAP_FAILED else {
      throw FileError("map", url)
    }
    bytes = UnsafeRawBufferPointer(start: address, count: count)
  }

  deinit {
    guard let address = bytes.baseAddress else { return }
    munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
  }

  /// Lets go of the memory behind some of the bytes, which were read and will not be needed soon: read again, they come
  /// from the file. A map that is walked to its end would otherwise count as memory of this process, all of it.
  package func release(_ part: Range<Int>) {
    precondition(part.lowerBound >= 0 && part.upperBound <= bytes.count, "bytes outside of the map are released")
    guard let address = bytes.baseAddress else { return }
    // Whole pages only: others may be in use at their other end.
    let page = Int(getpagesize())
    let start = (part.lowerBound + page - 1) / page * page
    let end = part.upperBound / page * page
    if start < end { madvise(UnsafeMutableRawPointer(mutating: address + start), end - start, Int32(MADV_DONTNEED)) }
  }

  /// Tells the kernel that the bytes will be read once, front to back, so that it reads ahead. Advice only: what the
  /// kernel makes of it changes no result.
  package func adviseSequential() {
    guard let address = bytes.baseAddress else { return }
    madvise(UnsafeMutableRawPointer(mutating: address), bytes.count, Int32(MADV_SEQUENTIAL))
  }
}
