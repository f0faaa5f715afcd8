import Foundation
import Testing

@testable import Engine

struct SpillFileTests {
  private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }

  /// Around the size of the buffer, in pieces that are smaller and larger than it.
  @Test(arguments: [0, 1, 63, 64, 65, 128, 1000], [1, 7, 64, 100])
  func whatWasAppendedIsReadAtAnyPlace(count: Int, piece: Int) throws {
    let written = bytes(count)
    var writer = SpillWriter(bufferSize: 64)
    for start in stride(from: 0, to: count, by: piece) {
      #expect(writer.count == start)
      try written[start..<min(start + piece, count)].withUnsafeBytes { try writer.append($0) }
    }
    let file = try writer.finish()
    #expect(file.count == count && file.isOnDisk == (count > 64))
    for (offset, length) in [(0, count), (count / 2, count - count / 2), (count, 0), (count / 3, count / 3)] {
      var read = [UInt8](repeating: 0, count: length)
      try read.withUnsafeMutableBytes { try file.read(into: $0, at: offset) }
      #expect(read == Array(written[offset..<offset + length]))
    }
  }

  @Test func theFileHasNoNameWhileItIsWritten() throws {
    let scratch = try Scratch()
    var writer = SpillWriter(directory: scratch.url, bufferSize: 4)
    try bytes(100).withUnsafeBytes { try writer.append($0) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == [])
    #expect(try writer.finish().isOnDisk)
  }

  @Test func aDirectoryThatIsNotThereIsNamedWithTheCure() throws {
    let scratch = try Scratch()
    let missing = scratch.url.appendingPathComponent("missing")
    var writer = SpillWriter(directory: missing, bufferSize: 4)
    let error = #expect(throws: SpillError.self) { try bytes(100).withUnsafeBytes { try writer.append($0) } }
    #expect(error == SpillError(directory: missing.path, code: ENOENT))
    #expect(error?.description.contains("set TMPDIR to a directory with room") == true)
  }

  /// `/dev/full` refuses what is written to it as a full disk does.
  @Test func aFullDiskIsAnErrorOfTheWriter() throws {
    let full = FileDescriptor(open("/dev/full", O_RDWR | O_CLOEXEC), url: URL(fileURLWithPath: "/dev/full"))
    var writer = SpillWriter(to: full, bufferSize: 4)
    #expect(throws: SpillError(directory: "/dev/full", code: ENOSPC)) {
      try bytes(100).withUnsafeBytes { try writer.append($0) }
    }
  }
}
