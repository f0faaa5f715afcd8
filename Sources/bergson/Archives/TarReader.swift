/// Files of a tar archive, one after the other, as its bytes come in. What may not be in an archive of a run is refused
/// before anything of it is written: links, devices, and names that lead out of the place where it is unpacked.
import Engine
import Foundation

final class TarReader {
  private let source: any ByteSource
  private let path: String
  /// Of the file that was returned last, what has not been read, and the zeros behind it.
  private var left = 0
  private var padding = 0

  private static let nameLimit = 4096
  private static let recordsLimit = 1 << 16
  private static let sizeLimit = 1 << 50

  /// - Parameter path: Named in errors.
  init(_ source: any ByteSource, path: String) {
    self.source = source
    self.path = path
  }

  /// The next file; nil at the end of the archive. What has not been read of the one before is passed over.
  ///
  /// - Throws: `ArchiveError`, and what the source throws.
  func next() throws -> TarHeader? {
    try pass(left + padding)
    (left, padding) = (0, 0)
    guard var header = try TarHeader(block(), archive: path) else { return nil }
    if header.type == TarHeader.extended {
      guard header.size <= Self.recordsLimit else {
        throw ArchiveError.notAnArchive(path: path, reason: "\(header.size) bytes of pax records")
      }
      let records = try bytes(header.size)
      try pass(TarHeader.padding(of: header.size))
      guard let file = try TarHeader(block(), archive: path) else {
        throw ArchiveError.notAnArchive(path: path, reason: "pax records without a file")
      }
      header = file
      try header.apply(records, archive: path)
    }
    guard header.type == TarHeader.file else { throw ArchiveError.notAFile(path: path, name: header.name) }
    try check(header.name)
    guard header.size <= Self.sizeLimit else {
      throw ArchiveError.notAnArchive(path: path, reason: "'\(header.name)' has \(header.size) bytes")
    }
    (left, padding) = (header.size, TarHeader.padding(of: header.size))
    return header
  }

  /// Hands on the bytes of the file that was returned last.
  func readFile(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while left > 0 {
      let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)]))
      guard count > 0 else { throw ArchiveError.truncated(path: path) }
      left -= count
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  private func check(_ name: String) throws {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard name.utf8.count <= Self.nameLimit, !parts.contains(where: { ["", ".", ".."].contains($0) }),
      name.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
    else { throw ArchiveError.unsafeName(path: path, name: name) }
  }

  private func block() throws -> [UInt8] { try bytes(TarHeader.blockSize) }

  private func bytes(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { buffer in
      var filled = 0
      while filled < count {
        let read = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        guard read > 0 else { throw ArchiveError.truncated(path: path) }
        filled += read
      }
    }
    return bytes
  }

  private func pass(_ count: Int) throws {
    var rest = count
    while rest > 0 {
      let step = min(rest, 1 << 16)
      _ = try bytes(step)
      rest -= step
    }
  }
}
