import Foundation
import GRDB
import Testing

@testable import Catalog

struct RunCatalogRunsTests {
  private let catalog: RunCatalog

  init() throws {
    catalog = try RunCatalog.inMemory()
  }

  private func results(_ runID: String) -> RunResults {
    var results = RunResults()
    results.models = [
      RunModelRecord(
        runID: runID, path: "/models/m", hubRevision: "abc", weightsDigest: "aa", tokenizerDigest: "bb",
        architecture: "gpt2", parameterCount: 100, attributedParameterCount: 60, precision: "fp32")
    ]
    results.datasets = [
      RunDatasetRecord(
        runID: runID, role: .data, path: "/d.jsonl", split: "train", digest: "cc", rowCount: 5, tokenCount: 50)
    ]
    results.metrics = [MetricRecord(runID: runID, name: "tokensPerSecond", value: 12.5, unit: "tokens/s")]
    results.produced = [.sample(path: "/out/index", key: "e0")]
    results.warnings = ["first", "second"]
    return results
  }

  @Test func registeredRunIsRunningAndComesBackAsStored() throws {
    let run = try catalog.register(.sample(name: "base", path: "out/./x/"))
    #expect(run.id.count == 12)
    #expect(run.status == .running)
    #expect(try run.state() == .running)
    #expect(run.path == "/data/out/x")
    #expect(run.commandLine == ["bergson", "build", "it's \"quoted\""])
    #expect(run.process == (try ProcessIdentity.current()))
    #expect(try catalog.details(of: run.id).run == run)
  }

  @Test func finishedRunHasAllThatItLeft() throws {
    let run = try catalog.register(.sample())
    let input = try catalog.record(.sample(path: "/input"), producedBy: run.id)
    var results = results(run.id)
    results.used = [input.id]
    let finished = try catalog.finish(run.id, results: results)
    #expect(finished.status == .finished)
    #expect(finished.exitCode == 0)
    #expect(try #require(finished.finishedAt) >= finished.startedAt)
    let details = try catalog.details(of: run.id)
    #expect(details.run == finished)
    #expect(details.models == results.models)
    #expect(details.datasets == results.datasets)
    #expect(details.metrics == results.metrics)
    #expect(details.warnings == ["first", "second"])
    #expect(details.produced.map(\.path) == ["/input", "/out/index"])
    #expect(details.used == [input])
  }

  @Test func failedAndCancelledRunsKeepTheirReasonsAndResults() throws {
    let failing = try catalog.register(.sample())
    let failed = try catalog.fail(failing.id, error: "out of memory", exitCode: 1, results: results(failing.id))
    #expect(failed.status == .failed)
    #expect(failed.error == "out of memory")
    #expect(failed.exitCode == 1)
    #expect(try catalog.details(of: failing.id).metrics.count == 1)
    let stopping = try catalog.register(.sample())
    let cancelled = try catalog.cancel(stopping.id, exitCode: 130)
    #expect(cancelled.status == .cancelled)
    #expect(cancelled.exitCode == 130)
  }

  @Test func resultsOfARunThatGoesOnAddUp() throws {
    let run = try catalog.register(.sample())
    var part = RunResults()
    part.warnings = ["a"]
    part.metrics = [MetricRecord(runID: run.id, name: "documents", value: 1, unit: "")]
    try catalog.record(part, for: run.id)
    part.warnings = ["b", "c"]
    part.metrics = [MetricRecord(runID: run.id, name: "documents", value: 2, unit: "")]
    try catalog.finish(run.id, results: part)
    let details = try catalog.details(of: run.id)
    #expect(details.warnings == ["a", "b", "c"])
    #expect(details.metrics.map(\.value) == [2])
  }

  @Test func endedRunCannotEndAgain() throws {
    let run = try catalog.register(.sample())
    try catalog.finish(run.id)
    let error = RunCatalogError.runNotRunning(runID: run.id, status: "finished")
    #expect(throws: error) { try catalog.fail(run.id, error: "late", exitCode: 1) }
    #expect(throws: error) { try catalog.record(RunResults(), for: run.id) }
    #expect(throws: error) { try catalog.record(.sample(path: "/late"), producedBy: run.id) }
    #expect(throws: RunCatalogError.noSuchRun("nobody")) { try catalog.finish("nobody") }
  }

  @Test func resultThatIsRefusedLeavesTheRunRunning() throws {
    let run = try catalog.register(.sample())
    var results = results(run.id)
    results.metrics.append(MetricRecord(runID: run.id, name: "peakMemory", value: .nan, unit: "bytes"))
    #expect(throws: RunCatalogError.notFinite(column: "value", of: "metric 'peakMemory'")) {
      try catalog.finish(run.id, results: results)
    }
    let details = try catalog.details(of: run.id)
    #expect(details.run == run)
    #expect(details.models.isEmpty)
    #expect(details.produced.isEmpty)
  }

  @Test func nameBelongsToOneRun() throws {
    let first = try catalog.register(.sample(name: "base"))
    #expect(throws: RunCatalogError.nameTaken(name: "base", runID: first.id)) {
      try catalog.register(.sample(name: "base"))
    }
    _ = try catalog.register(.sample())
    _ = try catalog.register(.sample())
    #expect(try catalog.runs().count == 3)
  }

  @Test(arguments: ["", "a/b", "/"])
  func nameThatLooksLikeAPathIsRefused(name: String) throws {
    let error = #expect(throws: RunCatalogError.unusableName(name)) { try catalog.register(.sample(name: name)) }
    #expect(error?.description.contains("'\(name)'") == true)
    #expect(try catalog.runs().isEmpty)
  }

  @Test func longListsOfCandidatesAreCut() {
    let ids = (0..<12).map { "ab\($0)" }
    let text = RunCatalogError.ambiguousRun("ab", candidates: ids).description
    #expect(text.contains("ab9 and 2 more"))
    #expect(!text.contains("ab10"))
  }

  @Test func runOfADeadProcessIsPresentedAsCrashedAndStaysAsItIs() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    let run = try catalog.register(.sample())
    let alive = try catalog.register(.sample())
    try catalog.write { db in
      try db.execute(
        sql: "UPDATE run SET pid = ? WHERE id = ?", arguments: [process.processIdentifier, run.id])
    }
    let crashed = try catalog.runs(matching: RunFilter(state: .crashed))
    #expect(crashed.map(\.id) == [run.id])
    #expect(try crashed.first?.state() == .crashed)
    #expect(crashed.first?.status == .running)
    #expect(try catalog.runs(matching: RunFilter(state: .running)) == [alive])
  }

  @Test func listIsNewestFirstFilteredAndLimited() throws {
    let a = try catalog.register(.sample(command: "build"))
    let b = try catalog.register(.sample(command: "score"))
    let c = try catalog.register(.sample(command: "build"))
    try catalog.finish(a.id)
    func ids(_ filter: RunFilter) throws -> [String] { try catalog.runs(matching: filter).map(\.id) }
    #expect(try ids(RunFilter()) == [c.id, b.id, a.id])
    #expect(try ids(RunFilter(limit: 2)) == [c.id, b.id])
    #expect(try ids(RunFilter(command: "build")) == [c.id, a.id])
    #expect(try ids(RunFilter(state: .finished)) == [a.id])
    #expect(try ids(RunFilter(command: "build", state: .running, limit: 1)) == [c.id])
    #expect(try ids(RunFilter(command: "hessian")) == [])
    #expect(try ids(RunFilter(limit: 0)) == [])
  }

  @Test func runIsFoundByIdNamePrefixAndDirectory() throws {
    let old = try catalog.register(.sample(name: "old", path: "/data/out"))
    let new = try catalog.register(.sample(path: "/data/out"))
    let named = try catalog.register(.sample(name: "abc"))
    try catalog.write { db in
      // What refers to a run by its id keeps the id from changing.
      try db.execute(sql: "DELETE FROM runSetting")
      for (run, id) in [(old, "abcd00000001"), (new, "abce00000002"), (named, "f00000000003")] {
        try db.execute(sql: "UPDATE run SET id = ? WHERE id = ?", arguments: [id, run.id])
      }
    }
    let table: [(text: String, id: String)] = [
      ("abcd00000001", "abcd00000001"),
      ("abcd", "abcd00000001"),
      ("abce0", "abce00000002"),
      ("f", "f00000000003"),
      ("old", "abcd00000001"),
      // A name that is somebody's prefix: the name wins.
      ("abc", "f00000000003"),
      // The newest run in a directory.
      ("/data/out", "abce00000002"),
      ("/data/out/", "abce00000002"),
      ("out", "abce00000002"),
      ("./x/../out", "abce00000002"),
    ]
    let here = URL(filePath: "/data")
    for (text, id) in table {
      #expect(try catalog.run(matching: text, workingDirectory: here).id == id, "\(text)")
    }
    #expect(throws: RunCatalogError.ambiguousRun("ab", candidates: ["abce00000002", "abcd00000001"])) {
      try catalog.run(matching: "ab", workingDirectory: here)
    }
    for text in ["", "abcf", "ABCD", "ol", "_bcd", "%", "/data", "abcd00000001ff"] {
      #expect(throws: RunCatalogError.noSuchRun(text)) { try catalog.run(matching: text, workingDirectory: here) }
    }
  }
}
