import Foundation
import Testing

@testable import Engine

struct RunDirectoryTests {
  @Test func nothingHasTheFinalNameBeforeCompletion() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("deep/run")
      let run = try RunDirectory(at: path)
      try FileWriter.write("rows", to: run.url.appendingPathComponent("data"))
      #expect(try IndexTestSupport.names(in: scratch.appendingPathComponent("deep")) == ["run.part"])
      try run.complete()
      #expect(try IndexTestSupport.names(in: scratch.appendingPathComponent("deep")) == ["run"])
      #expect(try IndexTestSupport.names(in: path) == ["data"])
    }
  }

  @Test func discardLeavesNoTrace() throws {
    try IndexTestSupport.withScratch { scratch in
      let run = try RunDirectory(at: scratch.appendingPathComponent("run"))
      try FileWriter.write("rows", to: run.url.appendingPathComponent("data"))
      try run.discard()
      #expect(try IndexTestSupport.names(in: scratch) == [])
    }
  }

  @Test func anExistingRunIsRefusedAndKept() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      try complete(path, "first")
      #expect(throws: RunDirectoryError.exists(path: path.path)) { try RunDirectory(at: path) }
      #expect(try content(path) == "first")
      #expect(try IndexTestSupport.names(in: scratch) == ["run"])
    }
  }

  @Test func aFileInTheWayIsRefusedEvenWithOverwrite() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      try FileWriter.write("a file", to: path)
      #expect(throws: RunDirectoryError.notADirectory(path: path.path)) { try RunDirectory(at: path, overwrite: true) }
    }
  }

  @Test func overwriteKeepsTheOldRunUntilTheNewOneIsComplete() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      try complete(path, "first")
      let run = try RunDirectory(at: path, overwrite: true)
      try FileWriter.write("second", to: run.url.appendingPathComponent("data"))
      #expect(try content(path) == "first")
      try run.complete()
      #expect(try content(path) == "second")
      #expect(try IndexTestSupport.names(in: scratch) == ["run"])
    }
  }

  @Test func aRunThatAppearsMeanwhileIsNotReplaced() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      let run = try RunDirectory(at: path)
      try FileManager.default.createDirectory(at: path, withIntermediateDirectories: false)
      try FileWriter.write("other", to: path.appendingPathComponent("data"))
      #expect(throws: RunDirectoryError.exists(path: path.path)) { try run.complete() }
      #expect(try content(path) == "other")
    }
  }

  @Test func junkOfACrashIsReplaced() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      let part = scratch.appendingPathComponent("run.part/sub")
      try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true)
      try FileWriter.write("half", to: part.appendingPathComponent("junk"))
      try FileWriter.write("process 1", to: scratch.appendingPathComponent("run.part/.lock"))
      try complete(path, "whole")
      #expect(try IndexTestSupport.names(in: path) == ["data"])
    }
  }

  @Test func aLiveWriterIsNamed() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      let run = try RunDirectory(at: path)
      try FileWriter.write("mine", to: run.url.appendingPathComponent("data"))
      let holder = "process \(ProcessInfo.processInfo.processIdentifier)"
      #expect(throws: RunDirectoryError.inUse(path: path.path + ".part", holder: holder)) {
        try RunDirectory(at: path, overwrite: true)
      }
      try run.complete()
      #expect(try content(path) == "mine")
    }
  }

  /// `flock` of util-linux holds the lock as another process would, until it is ended without a chance to clean up.
  @Test func anotherProcessHoldsTheLockUntilItDies() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      let part = scratch.appendingPathComponent("run.part")
      try FileManager.default.createDirectory(at: part, withIntermediateDirectories: false)
      let output = Pipe()
      let other = Process()
      other.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      other.arguments = [
        "flock", "--no-fork", part.appendingPathComponent(".lock").path, "sh", "-c", "echo held; exec sleep 60",
      ]
      other.standardOutput = output
      try other.run()
      #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "held\n")
      #expect(throws: RunDirectoryError.inUse(path: part.path, holder: "another process")) {
        try RunDirectory(at: path)
      }
      kill(other.processIdentifier, SIGKILL)
      other.waitUntilExit()
      try complete(path, "after")
      #expect(try content(path) == "after")
    }
  }

  @Test func anInterruptedReplacementIsRepaired() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      let replaced = scratch.appendingPathComponent("run.replaced")
      // A crash after the first rename: the old run has no name of its own.
      try complete(path, "old")
      try FileManager.default.moveItem(at: path, to: replaced)
      try RunDirectory(at: path, overwrite: true).discard()
      #expect(try content(path) == "old")
      // A crash after the second: the old run is a spare.
      try FileManager.default.copyItem(at: path, to: replaced)
      try complete(path, "new", overwrite: true)
      #expect(try content(path) == "new")
      #expect(try IndexTestSupport.names(in: scratch) == ["run"])
    }
  }

  @Test func aRepairedRunIsNotOverwrittenUnasked() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      try complete(path, "old")
      try FileManager.default.moveItem(at: path, to: scratch.appendingPathComponent("run.replaced"))
      #expect(throws: RunDirectoryError.exists(path: path.path)) { try RunDirectory(at: path) }
      #expect(try content(path) == "old")
      #expect(try IndexTestSupport.names(in: scratch) == ["run"])
    }
  }

  @Test func aDirectoryTakenAwayIsNotCompleted() throws {
    try IndexTestSupport.withScratch { scratch in
      let path = scratch.appendingPathComponent("run")
      let run = try RunDirectory(at: path)
      try FileManager.default.removeItem(at: run.url)
      #expect(throws: RunDirectoryError.taken(path: run.url.path)) { try run.complete() }
      #expect(throws: RunDirectoryError.taken(path: run.url.path)) { try run.discard() }
      #expect(try IndexTestSupport.names(in: scratch) == [])
    }
  }

  private func complete(_ path: URL, _ text: String, overwrite: Bool = false) throws {
    let run = try RunDirectory(at: path, overwrite: overwrite)
    try FileWriter.write(text, to: run.url.appendingPathComponent("data"))
    try run.complete()
  }

  private func content(_ path: URL) throws -> String {
    try String(contentsOf: path.appendingPathComponent("data"), encoding: .utf8)
  }
}
