import Foundation
import Testing

@testable import Catalog

struct FileTreeTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func path(_ name: String) -> String { directory.file(name).path }

  @Test func aTreeIsMeasuredAndRemovedWithoutFollowingLinks() throws {
    let manager = FileManager.default
    try manager.createDirectory(atPath: path("tree/a/b"), withIntermediateDirectories: true)
    try manager.createDirectory(atPath: path("outside"), withIntermediateDirectories: true)
    try Data(count: 10).write(to: directory.file("tree/x"))
    try Data(count: 20).write(to: directory.file("tree/a/b/y"))
    try Data(count: 40).write(to: directory.file("outside/z"))
    try manager.createSymbolicLink(atPath: path("tree/link"), withDestinationPath: path("outside"))
    try manager.createSymbolicLink(atPath: path("tree/loop"), withDestinationPath: path("tree"))
    #expect(try FileTree.bytes(at: path("tree")) == 30)
    try FileTree.remove(path("tree"))
    #expect(try manager.contentsOfDirectory(atPath: directory.url.path) == ["outside"])
    #expect(try FileTree.bytes(at: path("outside")) == 40)
  }

  @Test func nothingIsEmptyAndRemoved() throws {
    #expect(try FileTree.bytes(at: path("none")) == 0)
    try FileTree.remove(path("none"))
    #expect(try !FileTree.rename(path("none"), to: path("other")))
  }
}
