/// Runs that meet others, or are stopped: exit codes 11, 12 and 130.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct ContentionTests {
  private func build(_ path: String, _ flags: String...) -> [String] {
    ["build", path, "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"), "--skip_preconditioners"]
      + flags
  }

  @Test func aRunPathIsTakenUnlessOverwritten() throws {
    try Workspace.with { workspace in
      #expect(try workspace.bergson(build("run")).code == 0)
      let before = try workspace.contents("run/config.yaml")
      let refused = try workspace.bergson(build("run", "--projection_dim", "4"))
      #expect(refused.code == 12 && refused.output.isEmpty)
      #expect(
        refused.errors
          == "error: '\(workspace.path("run"))' already exists; choose another path or pass --overwrite to replace it\n"
      )
      #expect(try workspace.contents("run/config.yaml") == before)
      #expect(try workspace.catalog().runs().map(\.status) == [.failed, .finished])

      #expect(try workspace.bergson(build("run", "--projection_dim", "4", "--overwrite")).code == 0)
      #expect(try workspace.contents("run/gradients.bin").count == 16 * 8 * 16 * 4)
      // The bytes of the first run are gone, and the catalog knows.
      let first = try #require(try workspace.catalog().runs().last)
      #expect(try workspace.catalog().details(of: first.id).produced.allSatisfy { $0.replacedAt != nil })
    }
  }

  @Test func aRunPathBelongsToWhoWritesIt() throws {
    try Workspace.with { workspace in
      let holder = try RunDirectory(at: workspace.url("run"))
      let refused = try workspace.bergson(build("run"))
      #expect(refused.code == 11 && refused.output.isEmpty)
      #expect(
        refused.errors.contains(
          "'\(workspace.path("run.part"))' is being written by process \(ProcessInfo.processInfo.processIdentifier)"),
        "\(refused.errors)")
      #expect(try workspace.catalog().runs().first?.exitCode == 11)
      try holder.discard()
      #expect(try workspace.bergson(build("run")).code == 0)
    }
  }

  @Test func twoRunsShareACatalog() throws {
    try Workspace.with { workspace in
      let processes = try (0..<4).map { try workspace.start(build("run\($0)")) }
      for process in processes {
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
      }
      let runs = try workspace.catalog().runs()
      #expect(runs.count == 4 && runs.allSatisfy { $0.status == .finished })
      #expect(Set(try (0..<4).map { try workspace.contents("run\($0)/gradients.bin") }).count == 1)
    }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func anInterruptedRunLeavesNothingButItsRecord(_ signal: Int32) throws {
    try Workspace.with { workspace in
      // Long enough that the signal comes in the middle, whatever the machine.
      let line = try String(contentsOfFile: Workspace.data("data.jsonl"), encoding: .utf8)
      let data = try workspace.write(String(repeating: line, count: 400), to: "many.jsonl")
      let process = try workspace.start(
        ["build", "run", "--model", Workspace.model, "--dataset", data], errors: workspace.path("errors"))
      let deadline = Date.now.addingTimeInterval(60)
      // The file is made when all documents are read.
      while !workspace.has("run.part/gradients.bin"), process.isRunning, Date.now < deadline { usleep(10_000) }
      #expect(workspace.has("run.part/gradients.bin") && process.isRunning)
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 130)
      let errors = try String(decoding: workspace.contents("errors"), as: UTF8.self)
      #expect(errors.hasSuffix("error: interrupted\n"), "\(errors)")
      #expect(try workspace.names().filter { $0.hasPrefix("run") }.isEmpty)
      let run = try #require(try workspace.catalog().runs().first)
      #expect(try run.state() == .cancelled)
      #expect(run.exitCode == 130 && run.finishedAt != nil)
    }
  }

  @Test func aKilledRunIsShownAsCrashedAndItsPlaceIsFree() throws {
    try Workspace.with { workspace in
      let line = try String(contentsOfFile: Workspace.data("data.jsonl"), encoding: .utf8)
      let data = try workspace.write(String(repeating: line, count: 400), to: "many.jsonl")
      let process = try workspace.start(["build", "run", "--model", Workspace.model, "--dataset", data])
      let deadline = Date.now.addingTimeInterval(60)
      while !workspace.has("run.part"), process.isRunning, Date.now < deadline { usleep(10_000) }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal && !workspace.has("run"))
      #expect(try workspace.bergson("runs", "list").output.contains("  crashed  build "))
      #expect(try workspace.bergson(build("run")).code == 0)
      #expect(try workspace.names().filter { $0.hasPrefix("run") } == ["run"])
    }
  }
}
