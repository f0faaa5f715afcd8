import Foundation
import GRDB
import Testing

@testable import Catalog

/// Removing runs and collecting garbage, over directories that are really there.
struct RunCatalogCollectionTests {
  private let directory: TemporaryDirectory
  private let catalog: RunCatalog

  init() throws {
    directory = try TemporaryDirectory()
    catalog = try RunCatalog.open(at: directory.file("catalog.sqlite"))
  }

  private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: directory.file(name).path) }

  /// A finished run with a directory that holds an artifact of ten bytes and another file of three.
  @discardableResult
  private func run(_ name: String, from used: [String] = []) throws -> String {
    try Self.run(name, from: used, in: directory.url, catalog)
  }

  private static func run(
    _ name: String, from used: [String] = [], in directory: URL, _ catalog: RunCatalog
  ) throws -> String {
    let folder = directory.appending(path: name)
    let run = try catalog.register(.sample(path: folder.path))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(count: 10).write(to: folder.appending(path: "gradients.bin"))
    try Data(count: 3).write(to: folder.appending(path: "config.yaml"))
    var results = RunResults()
    results.produced = [.sample(path: folder.path + "/gradients.bin", digest: run.id, key: run.id)]
    results.used = try used.compactMap {
      try catalog.artifact(atPath: directory.path + "/\($0)/gradients.bin")?.id
    }
    #expect(results.used.count == used.count)
    try catalog.finish(run.id, results: results)
    return run.id
  }

  @Test func removedRunsAreNotListedAndComeBack() throws {
    let (a, b) = (try run("a"), try run("b"))
    try catalog.remove([a])
    #expect(try catalog.list(RunQuery()).entries.map(\.run.id) == [b])
    #expect(exists("a/gradients.bin"))
    try catalog.restore([a])
    #expect(try catalog.list(RunQuery()).entries.count == 2)
    #expect(throws: RunCatalogError.runNotRemoved(runID: a)) { try catalog.restore([a]) }
  }

  @Test func aRunAtWorkIsNotRemoved() throws {
    let a = try run("a")
    let working = try catalog.register(.sample())
    let error = #expect(throws: RunCatalogError.self) { try catalog.remove([a, working.id]) }
    #expect(error == .runAtWork(runID: working.id, host: working.host, pid: working.pid))
    #expect(try catalog.list(RunQuery()).entries.count == 2)
  }

  @Test func collectingDeletesRowsAndFilesOfRemovedRunsOnly() throws {
    let (a, b) = (try run("a"), try run("b"))
    try catalog.remove([a])
    let plan = try catalog.collectionPlan()
    #expect(plan.deleted.map(\.run.id) == [a] && plan.kept.isEmpty && plan.bytes == 13)
    #expect(exists("a"))
    var steps: [CollectionStep] = []
    try catalog.collect { steps.append($0) }
    let path = directory.file("a").path
    #expect(steps == [.decided, .renamed(path: path), .deleted(path: path, bytes: 13)])
    #expect(!exists("a") && exists("b/gradients.bin"))
    #expect(try catalog.runs().map(\.id) == [b])
    #expect(try catalog.artifact(forKey: a) == nil && catalog.artifact(forKey: b) != nil)
    #expect(try catalog.collectionPlan() == CollectionPlan(items: [], unfinished: []))
    #expect(try catalog.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM artifact") } == 1)
  }

  @Test func logsGoWithTheirRuns() throws {
    let (a, b) = (try run("a"), try run("b"))
    for id in [a, b] {
      let log = catalog.log(of: id)
      try FileManager.default.createDirectory(at: log.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(count: 7).write(to: log)
    }
    try catalog.remove([a])
    #expect(try catalog.collectionPlan().bytes == 20)
    try catalog.collect()
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.file("catalog.logs").path) == ["\(b).log"])
  }

  @Test func whatAKeptRunUsedIsKeptUntilThatGoesToo() throws {
    let a = try run("a")
    let b = try run("b", from: ["a"])
    try catalog.remove([a])
    #expect(try catalog.collectionPlan().kept.map(\.dependants) == [[b]])
    try catalog.collect()
    #expect(exists("a/gradients.bin"))
    #expect(try catalog.artifact(forKey: a) != nil)
    try catalog.remove([b])
    try catalog.collect()
    #expect(!exists("a") && !exists("b"))
    #expect(try catalog.runs().isEmpty)
  }

  @Test func filesThatAreGoneAlreadyAreNoError() throws {
    let (a, b) = (try run("a"), try run("b"))
    try FileManager.default.removeItem(at: directory.file("a"))
    try FileManager.default.removeItem(at: directory.file("b/gradients.bin"))
    try catalog.remove([a, b])
    try catalog.collect()
    #expect(try catalog.runs().isEmpty && !exists("b"))
  }

  @Test func aDirectoryThatALaterRunHasIsSpared() throws {
    let old = try run("a")
    let new = try run("a")
    try catalog.remove([old])
    try catalog.collect()
    #expect(exists("a/gradients.bin"))
    #expect(try catalog.runs().map(\.id) == [new])
  }

  @Test func aDirectoryWithAKeptRunInsideIsSpared() throws {
    let outer = try run("a")
    let inner = try run("a/b")
    try catalog.remove([outer])
    #expect(try catalog.collectionPlan().items.map(\.spared) == ["run \(inner) has files there"])
    try catalog.collect()
    #expect(exists("a/b/gradients.bin") && exists("a/gradients.bin"))
  }

  @Test func whatARunDidNotMakeIsNotDeletedWithIt() throws {
    try FileManager.default.createDirectory(at: directory.file("mine"), withIntermediateDirectories: true)
    try Data(count: 5).write(to: directory.file("mine/thesis.tex"))
    let failed = try catalog.register(.sample(path: directory.file("mine").path))
    try catalog.fail(failed.id, error: "it exists", exitCode: 12)
    try catalog.remove([failed.id])
    try catalog.collect()
    #expect(try catalog.runs().isEmpty && exists("mine/thesis.tex"))
  }

  /// Nobody may write into the directory above, so that the one below can be neither renamed nor removed.
  @Test(.enabled(if: geteuid() != 0, "root may do anything"))
  func whatTheSystemRefusesIsToldAndTriedAgain() throws {
    let a = try run("locked/a")
    try catalog.remove([a])
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory.file("locked").path)
    var refused = 0
    try catalog.collect { if case .refused = $0 { refused += 1 } }
    #expect(try refused == 1 && catalog.collectionPlan().unfinished.count == 1)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.file("locked").path)
    try catalog.completeDeletions()
    #expect(try !exists("locked/a") && catalog.collectionPlan().unfinished.isEmpty)
  }

  /// A process that dies after the given number of steps, and then one that does not.
  @Test(arguments: 0..<5) func aCollectionThatIsKilledIsCompletedByTheNext(survived: Int) async throws {
    let ids = try ["a", "b"].map { try run($0) }
    let kept = try run("c", from: [])
    try catalog.remove(ids)
    let file = directory.file("catalog.sqlite").path
    await #expect(processExitsWith: .signal(SIGKILL)) { [file = file as String, survived = survived as Int] in
      var left = survived
      try RunCatalog.open(at: URL(filePath: file)).collect { _ in
        if left == 0 { kill(getpid(), SIGKILL) }
        left -= 1
      }
    }
    // Nothing of the two is found any more, whatever has become of their files.
    #expect(try catalog.runs().map(\.id) == [kept])
    for id in ids { #expect(try catalog.artifact(forKey: id) == nil) }
    #expect(try catalog.integrityProblems().isEmpty)
    try catalog.collect()
    #expect(try catalog.collectionPlan() == CollectionPlan(items: [], unfinished: []))
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.url.path)
    #expect(Set(names).subtracting(["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"]) == ["c"])
  }

  @Test func aRunThatTookThePlaceOfAnInterruptedDeletionIsSpared() async throws {
    let a = try run("a")
    try catalog.remove([a])
    let file = directory.file("catalog.sqlite").path
    await #expect(processExitsWith: .signal(SIGKILL)) { [file = file as String] in
      try RunCatalog.open(at: URL(filePath: file)).collect { _ in kill(getpid(), SIGKILL) }
    }
    // As `--overwrite` does.
    let new = try run("a")
    var steps: [CollectionStep] = []
    try catalog.collect { steps.append($0) }
    #expect(steps.contains(.passedOver(path: directory.file("a").path)))
    #expect(try exists("a/gradients.bin") && catalog.artifact(forKey: new) != nil)
    #expect(try catalog.collectionPlan().unfinished.isEmpty)
  }

  @Test func severalMayCollectAtOnce() async throws {
    let ids = try (0..<12).map { try run("r\($0)") }
    try catalog.remove(ids)
    let file = directory.file("catalog.sqlite")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { try RunCatalog.open(at: file).collect() } }
      try await group.waitForAll()
    }
    #expect(try catalog.runs().isEmpty && catalog.collectionPlan().unfinished.isEmpty)
    #expect((0..<12).allSatisfy { !exists("r\($0)") })
  }
}
