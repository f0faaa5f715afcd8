import Foundation
import Testing

@testable import Engine

struct MemoryMapTests {
  @Test func aFileIsSeenAsItsBytes() throws {
    let scratch = try CheckpointScratch()
    let map = try MemoryMap(scratch.write("abc", to: "x"))
    map.adviseSequential()
    #expect(Array(map.bytes) == Array("abc".utf8))
  }

  @Test func anEmptyFileIsEmpty() throws {
    let scratch = try CheckpointScratch()
    let map = try MemoryMap(scratch.write("", to: "x"))
    map.adviseSequential()
    #expect(map.bytes.isEmpty)
  }

  @Test func theMapOutlivesTheName() throws {
    let scratch = try CheckpointScratch()
    let url = try scratch.write("abc", to: "x")
    let map = try MemoryMap(url)
    try FileManager.default.removeItem(at: url)
    #expect(Array(map.bytes) == Array("abc".utf8))
  }

  @Test func whatIsNoFileIsAnError() throws {
    let scratch = try CheckpointScratch()
    let missing = scratch.file("missing")
    #expect(throws: FileError.cannotOpen(path: missing.path, reason: "No such file or directory")) {
      try MemoryMap(missing)
    }
    #expect(throws: FileError.notARegularFile(path: scratch.url.path)) { try MemoryMap(scratch.url) }
  }
}
