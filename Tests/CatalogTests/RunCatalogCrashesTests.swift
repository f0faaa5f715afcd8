import Foundation
import GRDB
import Testing

@testable import Catalog

struct RunCatalogCrashesTests {
  private let directory: TemporaryDirectory
  private let file: URL

  init() throws {
    directory = try TemporaryDirectory()
    file = directory.file("catalog.sqlite")
  }

  /// A run as a process that has ended would have left it.
  private func registerDead(in catalog: RunCatalog, host: String? = nil) throws -> RunRecord {
    let run = try catalog.register(.sample())
    try catalog.write { db in
      try db.execute(sql: "UPDATE run SET processStart = processStart - 1 WHERE id = ?", arguments: [run.id])
      if let host { try db.execute(sql: "UPDATE run SET host = ? WHERE id = ?", arguments: [host, run.id]) }
    }
    return run
  }

  @Test func whoLooksNotesCrashesForThoseWhoCannotJudge() throws {
    let catalog = try RunCatalog.open(at: file)
    let dead = try registerDead(in: catalog)
    let alive = try catalog.register(.sample())
    let elsewhere = try registerDead(in: catalog, host: "elsewhere")
    try catalog.noteCrashes()
    let runs = try catalog.runs()
    #expect(runs.filter { $0.crashedAt != nil }.map(\.id) == [dead.id])
    // As another host sees it.
    try catalog.write { try $0.execute(sql: "UPDATE run SET host = 'elsewhere'") }
    let states = try catalog.runs().map { ($0.id, try $0.state()) }
    #expect(
      Dictionary(uniqueKeysWithValues: states) == [dead.id: .crashed, alive.id: .running, elsewhere.id: .running])
  }

  @Test func notingTwiceKeepsTheFirstTime() throws {
    let catalog = try RunCatalog.open(at: file)
    let dead = try registerDead(in: catalog)
    try catalog.noteCrashes()
    let first = try catalog.details(of: dead.id).run.crashedAt
    try catalog.noteCrashes()
    #expect(try first != nil && catalog.details(of: dead.id).run.crashedAt == first)
  }

  @Test func aRunThatEndsWasNotCrashed() throws {
    let catalog = try RunCatalog.open(at: file)
    let run = try registerDead(in: catalog)
    try catalog.noteCrashes()
    let finished = try catalog.finish(run.id)
    #expect(try finished.crashedAt == nil && finished.state() == .finished)
  }

  @Test func aCatalogThatMayOnlyBeReadKnowsCrashesToo() throws {
    do {
      let catalog = try RunCatalog.open(at: file)
      _ = try registerDead(in: catalog)
      _ = try catalog.register(.sample(name: "alive"))
    }
    let catalog = try RunCatalog.openReadOnly(path: file.path, busyTimeout: 1)
    try catalog.noteCrashes()
    #expect(try catalog.list(RunQuery(where: "state = crashed")).entries.map(\.state) == [.crashed])
    #expect(try catalog.list(RunQuery(where: "state = running")).entries.map(\.run.name) == ["alive"])
    #expect(try catalog.list(RunQuery(sortedBy: "state")).entries.map(\.state) == [.crashed, .running])
  }
}
