/// Runs that go from one catalog to another, come from the Python tool, or are made again; and what they said.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct RunsTransferTests {
  private func withRun(_ body: (Workspace, RunDetails) throws -> Void) throws {
    try Workspace.with { workspace in
      let built = try workspace.build("index", "edge.jsonl", "--skip_preconditioners", "--run_name", "first")
      try body(workspace, built)
    }
  }

  private func run(_ workspace: Workspace, _ arguments: [String], catalog: String? = nil) throws -> Workspace.Ended {
    try workspace.bergson(
      arguments, environment: catalog.map { ["BERGSON_CATALOG": workspace.path($0)] } ?? [:])
  }

  private func export(_ workspace: Workspace) throws -> String {
    let ended = try run(workspace, ["runs", "export", "first", "-o", "first.tar.zst"])
    #expect(ended.code == 0 && ended.output == workspace.path("first.tar.zst") + "\n", "\(ended.errors)")
    return workspace.path("first.tar.zst")
  }

  @Test func aRoundTripChangesNothing() throws {
    try withRun { workspace, built in
      let archive = try export(workspace)
      let ended = try run(
        workspace, ["runs", "import", archive, "--run_path", "copy"], catalog: "other.sqlite")
      #expect(ended.code == 0 && ended.output == workspace.path("copy") + "\n", "\(ended.errors)")
      let other = try RunCatalog.openExisting(at: workspace.url("other.sqlite"))
      var copied = try other.details(of: built.run.id)
      #expect(copied.run.path == workspace.path("copy"))
      copied.run.path = built.run.path
      #expect(copied.run == built.run && copied.metrics == built.metrics && copied.models == built.models)
      #expect(copied.datasets == built.datasets && copied.warnings == built.warnings)
      #expect(copied.produced.map(\.path) == ["copy/gradients.bin", "copy/rows.npy"].map(workspace.path))
      #expect(copied.produced.map(\.keyDigest) == built.produced.map(\.keyDigest))
      for name in try workspace.names(in: "index") {
        #expect(
          FileManager.default.contentsEqual(
            atPath: workspace.path("index/\(name)"), andPath: workspace.path("copy/\(name)")))
      }
      #expect(try run(workspace, ["runs", "verify"], catalog: "other.sqlite").code == 0)
      #expect(
        try run(workspace, ["runs", "log", "first"], catalog: "other.sqlite").output.contains(
          "documents under two tokens"))
      // Home again, once it has gone.
      for arguments in [["rm", "first"], ["gc"], ["import", archive, "--run_path", "index"]] {
        #expect(try run(workspace, ["runs"] + arguments).code == 0)
      }
      let home = try workspace.catalog().details(of: built.run.id)
      #expect(home.run == built.run && home.metrics == built.metrics)
    }
  }

  @Test func aRunIsEnteredOnceAndOverwritesNothing() throws {
    try withRun { workspace, built in
      let archive = try export(workspace)
      let twice = try run(workspace, ["runs", "import", archive])
      #expect(
        twice.code == 1 && twice.errors.contains("run \(built.run.id) is in the catalog already"), "\(twice.errors)")
      let taken = try run(workspace, ["runs", "import", archive, "--run_path", "index"], catalog: "other.sqlite")
      #expect(taken.code == 12 && taken.errors.contains("already exists"))
      #expect(try run(workspace, ["runs", "export", "first", "-o", archive]).errors.contains("already exists"))
    }
  }

  /// An archive of which one byte in the middle, the end, or the compression is wrong leaves nothing behind.
  @Test func damagedArchivesLeaveNothing() throws {
    try withRun { workspace, _ in
      let whole = try Data(contentsOf: URL(filePath: export(workspace)))
      var flipped = whole
      flipped[whole.count / 2] ^= 0xFF
      for (name, bytes) in [("half", whole.prefix(whole.count / 2)), ("flipped", flipped), ("empty", Data())] {
        let file = workspace.url(name)
        try bytes.write(to: file)
        let ended = try run(workspace, ["runs", "import", file.path, "--run_path", "copy"], catalog: "other.sqlite")
        #expect(ended.code == 1 && ended.errors.hasPrefix("error: '\(file.path)'"), "\(name): \(ended.errors)")
        #expect(try workspace.names().filter { $0.hasPrefix("copy") }.isEmpty)
      }
      #expect(
        try !workspace.has("other.sqlite") || RunCatalog.openExisting(at: workspace.url("other.sqlite")).runs().isEmpty)
    }
  }

  @Test func directoriesOfThePythonToolAreAdopted() throws {
    try Workspace.with { workspace in
      let fixture = TestFiles.package.appending(path: "Tests/Fixtures/index/gradients_v2")
      try FileManager.default.copyItem(at: fixture, to: workspace.url("theirs"))
      _ = try workspace.write(
        "steps:\n- build:\n    index_cfg:\n      model: gpt2\n      projection_dim: 16\n      fsdp: true\n"
          + "metadata:\n  bergson_version: 2.5.1\n", to: "theirs/config.yaml")
      let ended = try workspace.bergson("runs", "adopt", "theirs", "--run_name", "python")
      #expect(ended.code == 0, "\(ended.errors)")
      let details = try workspace.catalog().details(of: ended.output.trimmingCharacters(in: .newlines))
      #expect(details.run.command == "build" && details.run.version == "2.5.1" && details.run.name == "python")
      #expect(details.produced.map(\.kind) == ["index"])
      let rows = try GradientIndex(opening: workspace.url("theirs")).documentCount
      #expect(details.metrics.map(\.value) == [Double(rows)])
      #expect(try workspace.bergson("runs", "list", "--where", "config.fsdp = true").output.contains("python"))
      let again = try workspace.bergson("runs", "adopt", "theirs")
      #expect(again.code == 1 && again.errors.contains("is the directory of run \(details.run.id) already"))
    }
  }

  @Test func whatIsNoRunIsNotAdopted() throws {
    try Workspace.with { workspace in
      try FileManager.default.createDirectory(at: workspace.url("empty"), withIntermediateDirectories: true)
      #expect(try workspace.bergson("runs", "adopt", "empty").errors.contains("has no config.yaml"))
      #expect(try workspace.bergson("runs", "adopt", "nothing").errors.contains("there is no run at"))
      _ = try workspace.write("steps: [{build: {}}]", to: "empty/config.yaml")
      _ = try workspace.write("short", to: "empty/gradients.bin")
      _ = try workspace.write("{}", to: "empty/info.json")
      #expect(try workspace.bergson("runs", "adopt", "empty").code == 1)
      #expect(!workspace.has("catalog.sqlite"))
    }
  }

  @Test func aRunIsMadeAgainWithItsSettings() throws {
    try withRun { workspace, built in
      let printed = try workspace.bergson("runs", "rerun", "first", "--print")
      #expect(printed.output.hasPrefix("steps:\n- build:\n"))
      let refused = try workspace.bergson("runs", "rerun", "first")
      #expect(refused.code == 12 && refused.errors.contains("pass --overwrite"))
      let taken = try workspace.bergson("runs", "rerun", "first", "--run_path", "taken")
      #expect(taken.code == 0 && taken.errors.contains("reused from first"), "\(taken.errors)")
      let ended = try workspace.bergson("runs", "rerun", "first", "--run_path", "again", "--no_reuse")
      #expect(!ended.errors.contains("reused from"))
      #expect(ended.code == 0 && ended.output == workspace.path("again") + "\n", "\(ended.errors)")
      #expect(try workspace.contents("again/gradients.bin") == workspace.contents("index/gradients.bin"))
      let runs = try workspace.catalog().runs()
      #expect(try workspace.catalog().difference(between: [runs[0].id, built.run.id]).settings.isEmpty)
    }
  }

  @Test func whatARunSaysIsKeptAndFollowed() throws {
    try withRun { workspace, built in
      let log = try workspace.bergson("runs", "log", "first")
      #expect(log.code == 0 && log.output.contains("warning: 3 documents under two tokens"), "\(log.output)")
      #expect(try workspace.bergson("runs", "log", "first", "--tail", "1").output.split(separator: "\n").count == 1)
      #expect(try workspace.bergson("runs", "show", "first").output.contains("\nlog\n"))
      let watched = try workspace.bergson("runs", "watch", "first")
      #expect(watched.code == 0 && watched.output.hasSuffix("\(built.run.id) finished\n"))
      #expect(try workspace.bergson("runs", "watch").output.isEmpty)
      let failed = try workspace.bergson(
        "build", "bad", "--model", "no/such/model", "--dataset", Workspace.data("data.jsonl"))
      #expect(failed.code == 1)
      let run = try #require(try workspace.catalog().runs().first)
      #expect(try workspace.bergson("runs", "log", run.id).output.contains("error: no model directory at"))
      #expect(try workspace.bergson("runs", "watch", run.id).code == 1)
    }
  }
}
