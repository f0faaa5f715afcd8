import Foundation
import Testing

@testable import Engine

struct FileWriterTests {
  @Test(arguments: [0, 1, 4095, 1 << 20, (1 << 20) + 1, 3 << 20])
  func appendedPiecesComeOutInOrder(size: Int) throws {
    try IndexTestSupport.withScratch { scratch in
      let url = scratch.appendingPathComponent("file")
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 7) }
      let writer = try FileWriter(creating: url)
      // Pieces below, at and above the buffer's size.
      for piece in [bytes[..<(size / 3)], bytes[(size / 3)...]] { try writer.append(Array(piece)) }
      try writer.append("end")
      try writer.close()
      #expect(try Array(Data(contentsOf: url)) == bytes + Array("end".utf8))
    }
  }

  @Test func threadsWriteBlocksAtOnce() throws {
    try IndexTestSupport.withScratch { scratch in
      let url = scratch.appendingPathComponent("file")
      let writer = try FileWriter(creating: url, size: 64 * 1000)
      DispatchQueue.concurrentPerform(iterations: 64) { i in
        do {
          let block = [UInt8](repeating: UInt8(i + 1), count: 1000)
          try block.withUnsafeBytes { try writer.write($0, at: i * 1000) }
        } catch {
          Issue.record(error)
        }
      }
      try writer.close()
      #expect(try Array(Data(contentsOf: url)) == (0..<64_000).map { UInt8($0 / 1000 + 1) })
    }
  }

  @Test func reservedBytesReadAsZero() throws {
    try IndexTestSupport.withScratch { scratch in
      let url = scratch.appendingPathComponent("file")
      try FileWriter(creating: url, size: 100).close()
      #expect(try Data(contentsOf: url) == Data(count: 100))
    }
  }

  @Test func aFullDiskIsAnErrorThatNamesTheFile() throws {
    // The kernel's own full disk.
    let full = FileError(action: "write", path: "/dev/full", code: ENOSPC)
    let writer = try FileWriter(creating: URL(fileURLWithPath: "/dev/full"))
    try writer.append("buffered")
    #expect(throws: full) { try writer.close() }
    #expect(throws: full) { try writer.append([UInt8](repeating: 0, count: 2 << 20)) }
    #expect(full.description == "cannot write '/dev/full': No space left on device")
  }

  @Test func moreThanTheDiskHoldsIsRefusedBeforeTheWork() throws {
    try IndexTestSupport.withScratch { scratch in
      let error = #expect(throws: FileError.self) {
        try FileWriter(creating: scratch.appendingPathComponent("file"), size: 1 << 60)
      }
      #expect(error?.code == ENOSPC || error?.code == EFBIG)
      #expect(error?.description.contains("reserve 1152921504606846976 bytes") == true)
    }
  }

  @Test func aMissingDirectoryIsNamed() throws {
    let url = URL(fileURLWithPath: "/nonexistent/file")
    #expect(throws: FileError(action: "create", path: url.path, code: ENOENT)) { try FileWriter(creating: url) }
    #expect(throws: FileError(action: "open", path: url.path, code: ENOENT)) { try MemoryMap(url) }
  }
}
