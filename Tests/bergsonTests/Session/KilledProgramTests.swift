/// `kill -9` at changes of the file system all along the program's work: nothing half is left where somebody would take it
/// for whole, the catalog tells the truth, and whoever comes next arrives at the same bytes.
import Catalog
import Engine
import Foundation
import GRDB
import Testing

@testable import bergson

@Suite struct KilledProgramTests {
  /// Where each command is killed, evenly from its first change to its last.
  private static let points = 20

  private func preloaded(_ more: [String: String]) throws -> [String: String] {
    // Kernels are chosen, so that the program does not start itself again and count anew.
    ["LD_PRELOAD": try BuiltProgram.killPoints.path, "OPENBLAS_CORETYPE": "Haswell"].merging(more) { $1 }
  }

  /// How many changes a command makes when nobody kills it.
  private func changes(_ workspace: Workspace, _ arguments: [String]) throws -> Int {
    let file = workspace.path("changes")
    let ended = try workspace.bergson(arguments, environment: preloaded(["KILL_POINTS_FILE": file]))
    #expect(ended.code == 0, "\(arguments): \(ended.errors)")
    let count = try #require(Int(String(contentsOfFile: file, encoding: .utf8)))
    try FileManager.default.removeItem(atPath: file)
    return count
  }

  private func kill(_ workspace: Workspace, _ arguments: [String], at change: Int) throws {
    let ended = try workspace.bergson(arguments, environment: preloaded(["KILL_AT": String(change)]))
    #expect(ended.code == SIGKILL, "\(arguments) at \(change): \(ended.errors)")
  }

  /// Even from 1 to a few before the last: how many changes SQLite makes depends on the size of its log.
  private func points(_ count: Int) -> [Int] {
    let last = max(1, count - 4)
    return (0..<Self.points).map { 1 + $0 * (last - 1) / (Self.points - 1) }
  }

  /// Digests of the files in a run directory, but for those with its path and date in them.
  private func digests(_ workspace: Workspace, _ run: String) throws -> [String: String] {
    let root = workspace.url(run)
    let files = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    var digests: [String: String] = [:]
    for file in files where !file.hasSuffix("config.yaml") && !file.hasSuffix("info.json") {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root.appending(path: file).path, isDirectory: &isFolder),
        !isFolder.boolValue, !file.hasSuffix(".lock")
      else { continue }
      digests[file] = try Digest.sha256(of: root.appending(path: file)).hex
    }
    return digests
  }

  /// The catalog is sound, nobody is said to be at work, and what it has of finished runs is on the disk as it says.
  private func expectTruth(_ workspace: Workspace, _ what: Comment) throws {
    guard workspace.has("catalog.sqlite") else { return }
    let catalog = try RunCatalog.open(at: URL(filePath: workspace.catalogPath))
    #expect(try catalog.integrityProblems().isEmpty, what)
    try catalog.noteCrashes()
    for run in try catalog.runs() {
      #expect(try [.crashed, .finished].contains(run.state()), what)
      guard run.status == .finished else { continue }
      for artifact in try catalog.details(of: run.id).produced where artifact.replacedAt == nil {
        guard FileManager.default.fileExists(atPath: artifact.path) else { continue }
        #expect(try Digest.sha256(of: URL(filePath: artifact.path)).hex == artifact.digest, what)
      }
    }
  }

  private static let commands: [(command: String, flags: [String])] = [
    ("build", ["--token_batch_size", "128"]), ("score", ["--query_path", "queries", "--unit_normalize"]),
    ("hessian", ["--ev_correction"]),
  ]

  @Test(arguments: commands) func aRunIsWholeOrNotThere(command: String, flags: [String]) throws {
    try Workspace.with { workspace in
      let model = ["--model", Workspace.model]
      #expect(
        try workspace.bergson(["build", "queries", "--dataset", Workspace.data("query.jsonl")] + model).code == 0)
      let work = ["--dataset", Workspace.data("data.jsonl")] + model + flags
      let line = [command, "run", "--overwrite", "--no_reuse"] + work
      #expect(try workspace.bergson([command, "whole"] + work, environment: preloaded([:])).code == 0)
      let whole = try digests(workspace, "whole")
      for change in try points(changes(workspace, line)) {
        try kill(workspace, line, at: change)
        try expectTruth(workspace, "\(command) at \(change)")
        // The run before, or this one.
        if workspace.has("run") { #expect(try digests(workspace, "run") == whole, "\(command) at \(change)") }
      }
      let ended = try workspace.bergson(
        [command, "run", "--overwrite"] + work, environment: preloaded([:]))
      #expect(ended.code == 0, "\(ended.errors)")
      #expect(try digests(workspace, "run") == whole)
      #expect(try workspace.names().filter { $0.hasPrefix("run") } == ["run"])
      try expectTruth(workspace, "\(command)")
      let crashed = try workspace.catalog().list(RunQuery(where: "state = crashed")).entries
      // But for those that had not been entered yet, or had finished.
      #expect(crashed.count > Self.points / 2 && crashed.allSatisfy { $0.run.command == command })
    }
  }

  @Test func whatIsResumedArrivesAtTheSameBytes() throws {
    try Workspace.with { workspace in
      let work =
        ["--model", Workspace.model, "--data.dataset", Workspace.data("data.jsonl"), "--query.dataset"]
        + [
          Workspace.data("query.jsonl"), "--projection_dim", "4", "--target_downweight_components", "10", "--no_reuse",
        ]
      // The first makes the catalog, which those after it find.
      _ = try changes(workspace, ["trackstar", "first"] + work)
      let count = try changes(workspace, ["trackstar", "whole"] + work)
      let whole = try digests(workspace, "whole")
      for change in points(count) {
        try kill(workspace, ["trackstar", "run"] + work, at: change)
        try expectTruth(workspace, "at \(change)")
        if workspace.has("run") {
          #expect(try digests(workspace, "run") == whole, "at \(change)")
        } else {
          let ended = try workspace.bergson(["trackstar", "run", "--resume"] + work, environment: preloaded([:]))
          #expect(ended.code == 0, "at \(change): \(ended.errors)")
          #expect(try digests(workspace, "run") == whole, "at \(change)")
        }
        #expect(try workspace.names().filter { $0.hasPrefix("run") } == ["run"])
        try FileManager.default.removeItem(at: workspace.url("run"))
      }
    }
  }

  @Test func aCollectionIsCompletedByTheNext() throws {
    try Workspace.with { workspace in
      try workspace.build("kept", "data.jsonl", "--skip_preconditioners")
      let kept = try digests(workspace, "kept")
      /// A run that waits for its deletion.
      func remove(_ name: String) throws -> String {
        let run = try workspace.build(name, "data.jsonl", "--skip_preconditioners").run.id
        try workspace.catalog().remove([run])
        return run
      }
      _ = try remove("counted")
      for change in try points(changes(workspace, ["runs", "gc"])) {
        let run = try remove("run")
        try kill(workspace, ["runs", "gc"], at: change)
        let catalog = try workspace.catalog()
        #expect(try catalog.integrityProblems().isEmpty, "at \(change)")
        #expect(try !catalog.list(RunQuery()).entries.contains { $0.run.id == run }, "at \(change)")
        let ended = try workspace.bergson("runs", "gc")
        #expect(ended.code == 0, "at \(change): \(ended.errors)")
        #expect(try workspace.names().filter { !$0.hasPrefix("catalog.") } == ["kept"], "at \(change)")
        #expect(try digests(workspace, "kept") == kept)
      }
    }
  }

  @Test func aMigrationIsWholeOrNotBegun() throws {
    try Workspace.with { workspace in
      let fixture = TestFiles.package.appending(path: "Tests/Fixtures/catalog/003-publications.sql")
      let dump = try String(contentsOf: fixture, encoding: .utf8)
      /// A catalog of an old release.
      func restore() throws {
        for name in try workspace.names() where name.hasPrefix("catalog.sqlite") {
          try FileManager.default.removeItem(at: workspace.url(name))
        }
        let database = try DatabaseQueue(path: workspace.catalogPath)
        try database.writeWithoutTransaction { try $0.execute(sql: dump) }
        try database.close()
      }
      try restore()
      for change in try points(changes(workspace, ["runs", "list"])) {
        try restore()
        try kill(workspace, ["runs", "list"], at: change)
        let shown = try workspace.bergson("runs", "show", "first")
        #expect(shown.code == 0 && shown.output.contains("0123456789ab"), "at \(change): \(shown.errors)")
        #expect(try workspace.catalog().integrityProblems().isEmpty, "at \(change)")
      }
    }
  }
}
