import Foundation
import GRDB
import Testing

@testable import Catalog

/// Several writers of one file, each with its own connection, as processes have.
struct ConcurrencyTests {
  @Test func writersOnTwoCatalogsLoseNothing() async throws {
    let directory = try TemporaryDirectory()
    let file = directory.file("catalog.sqlite")
    let catalogs = [try RunCatalog.open(at: file), try RunCatalog.open(at: file)]
    let ids = try await withThrowingTaskGroup(of: [String].self) { group in
      for task in 0..<4 {
        group.addTask {
          let catalog = catalogs[task % 2]
          return try (0..<25).map { index in
            let run = try catalog.register(.sample(name: "\(task)-\(index)"))
            var results = RunResults()
            // Half of them fight over one path.
            results.produced = [.sample(path: index % 2 == 0 ? "/shared" : "/\(task)/\(index)", digest: run.id)]
            results.warnings = ["from \(task)"]
            try catalog.finish(run.id, results: results)
            return run.id
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(ids).count == 100)
    for catalog in catalogs {
      let runs = try catalog.runs()
      #expect(Set(runs.map(\.id)) == Set(ids))
      #expect(runs.allSatisfy { $0.status == .finished })
    }
    try catalogs[0].read { db in
      let live = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM artifact WHERE path = '/shared' AND replacedAt IS NULL")
      #expect(live == 1)
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM artifact") == 100)
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM warning") == 100)
      #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
    }
  }

  @Test(arguments: 0..<8)
  func newCatalogMayBeOpenedByAllAtOnce(round: Int) async throws {
    let directory = try TemporaryDirectory()
    let file = directory.file("catalog.sqlite")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<6 {
        group.addTask {
          let run = try RunCatalog.open(at: file).register(.sample(name: "\(round)-\(index)"))
          _ = try RunCatalog.openExisting(at: file).finish(run.id)
        }
      }
      try await group.waitForAll()
    }
    #expect(try RunCatalog.openExisting(at: file).runs(matching: RunFilter(state: .finished)).count == 6)
  }
}
