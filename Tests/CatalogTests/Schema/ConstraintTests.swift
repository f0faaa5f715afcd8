import Foundation
import GRDB
import Testing

@testable import Catalog

/// What SQLite refuses by itself, whoever writes.
struct ConstraintTests {
  private let catalog: RunCatalog
  private let run: RunRecord

  init() throws {
    catalog = try RunCatalog.inMemory()
    run = try catalog.register(.sample())
    try catalog.write { db in
      try db.execute(sql: "INSERT INTO attributionQuery VALUES ('\(run.id)', 0, 'q', 0, NULL)")
      try db.execute(
        sql: "INSERT INTO artifact VALUES (1, 'index', '/a', 1, 'aa', NULL, NULL, 1, '2026-01-01 00:00:00.000', NULL)")
    }
  }

  @Test(arguments: [
    "UPDATE run SET status = 'crashed'",
    "UPDATE run SET status = 'finished', exitCode = 0",
    "UPDATE run SET finishedAt = '2026-01-01 00:00:00.000'",
    "UPDATE run SET finishedAt = 'yesterday', status = 'finished', exitCode = 0",
    "UPDATE run SET finishedAt = '2026-01-01 00:00:00.000', status = 'finished', exitCode = 1",
    "UPDATE run SET finishedAt = '2026-01-01 00:00:00.000', status = 'finished'",
    "UPDATE run SET finishedAt = '2026-01-01 00:00:00.000', status = 'failed', exitCode = 0, error = 'e'",
    "UPDATE run SET finishedAt = '2026-01-01 00:00:00.000', status = 'failed', exitCode = 1",
    "UPDATE run SET id = 'ABCDEFABCDEF'",
    "UPDATE run SET id = 'abc'",
    "UPDATE run SET name = ''",
    "UPDATE run SET name = 'a/b'",
    "UPDATE run SET path = 'relative'",
    "UPDATE run SET commandLine = '{}'",
    "UPDATE run SET commandLine = 'not json'",
    "UPDATE run SET pid = 0",
    "UPDATE run SET coreCount = 'two'",
    "INSERT INTO metric VALUES ('ffffffffffff', 'documents', 1, '')",
    "INSERT INTO metric VALUES ($run, 'documents', NULL, '')",
    "INSERT INTO runModel VALUES ($run, 'judge', 'm', NULL, 'aa', 'bb', 'gpt2', 2, 1, 'fp32', NULL, NULL, NULL)",
    "INSERT INTO runModel VALUES ($run, 'model', 'm', NULL, 'aa', 'bb', 'gpt2', 2, 3, 'fp32', NULL, NULL, NULL)",
    "INSERT INTO runModel VALUES ($run, 'model', 'm', NULL, 'XY', 'bb', 'gpt2', 2, 1, 'fp32', NULL, NULL, NULL)",
    "INSERT INTO runDataset VALUES ($run, 'value', 'd', 'train', 'aa', 1, 1, NULL)",
    "INSERT INTO runDataset VALUES ($run, 'data', 'd', 'train', 'aa', -1, 1, NULL)",
    "INSERT INTO warning VALUES ($run, 0, '')",
    "INSERT INTO artifact VALUES (2, 'index', '/a', 1, 'bb', NULL, NULL, 1, '2026-01-01', NULL)",
    "INSERT INTO artifact VALUES (2, 'index', 'b', 1, 'bb', NULL, NULL, 1, '2026-01-01', NULL)",
    "INSERT INTO artifact VALUES (2, 'index', '/b', 1, 'bb', 'cc', NULL, 1, '2026-01-01', NULL)",
    "INSERT INTO artifact VALUES (2, 'index', '/b', 1, 'bb', 'cc', '[]', 1, '2026-01-01', NULL)",
    "INSERT INTO runArtifact VALUES ($run, 1, 'deleted')",
    "INSERT INTO runArtifact VALUES ($run, 99, 'used')",
    "INSERT INTO attributionHit VALUES ($run, 1, 'top', 1, 0, 0.5)",
    "INSERT INTO attributionHit VALUES ($run, 0, 'middle', 1, 0, 0.5)",
    "INSERT INTO attributionHit VALUES ($run, 0, 'top', 0, 0, 0.5)",
    "INSERT INTO document VALUES ($run, 0, 'longer', '\(String(repeating: "a", count: 64))', 3)",
    "INSERT INTO document VALUES ($run, 0, 'text', 'aa', 4)",
    "INSERT INTO scoreHistogram VALUES ($run, NULL, 0, 1, 0, 1)",
    "INSERT INTO scoreHistogram VALUES ($run, NULL, 0, 0, 1, 1), ($run, NULL, 0, 0, 1, 1)",
    "INSERT INTO scoreHistogram VALUES ($run, 0, 0, 0, 1, 1), ($run, 0, 0, 0, 1, 1)",
    "INSERT INTO evaluation VALUES ($run, 'bm25', 'recall', 5, 1, 0.5, NULL, 1)",
    "INSERT INTO evaluation VALUES ($run, 'bm25', 'recall', 5, 1, NULL, NULL, 1), ($run, 'bm25', 'recall', 5, 1, NULL, NULL, 1)",
    "INSERT INTO evaluation VALUES ($run, 'bm25', 'mrr', NULL, 1, NULL, NULL, 1), ($run, 'bm25', 'mrr', NULL, 1, NULL, NULL, 1)",
  ])
  func refusesBadRow(sql: String) throws {
    let statement = sql.replacing("$run", with: "'\(run.id)'")
    let error = #expect(throws: RunCatalogError.self) {
      try catalog.write { db in try db.execute(sql: statement) }
    }
    guard case .rowRefused = error else {
      Issue.record("\(statement): \(String(describing: error))")
      return
    }
  }

  /// Without this, a typing error in the statements above would pass for a refusal by a constraint.
  @Test(arguments: [
    "UPDATE run SET name = 'a', path = '/out', finishedAt = '2026-01-01 00:00:00.000', status = 'failed', exitCode = 2, error = 'e'",
    "INSERT INTO runModel VALUES ($run, 'model', 'm', NULL, 'aa', 'bb', 'gpt2', 2, 1, 'fp32', NULL, NULL, NULL)",
    "INSERT INTO runDataset VALUES ($run, 'data', 'd', 'train', 'aa', 1, 1, NULL)",
    "INSERT INTO artifact VALUES (2, 'index', '/b', 1, 'bb', 'cc', '{}', 1, '2026-01-01', NULL)",
    "INSERT INTO artifact VALUES (2, 'index', '/a', 1, 'bb', NULL, NULL, 1, '2026-01-01', '2026-01-02')",
    "INSERT INTO attributionHit VALUES ($run, 0, 'top', 1, 0, 0.5)",
    "INSERT INTO document VALUES ($run, 0, 'text', '\(String(repeating: "a", count: 64))', 4)",
    "INSERT INTO scoreHistogram VALUES ($run, 0, 0, 0, 1, 1), ($run, NULL, 0, 0, 1, 1), ($run, 0, 1, 1, 1, 0)",
    "INSERT INTO evaluation VALUES ($run, 'bm25', 'recall', 5, 1, 0.5, 1, 1), ($run, 'bm25', 'recall', NULL, 1, NULL, NULL, 1)",
  ])
  func acceptsGoodRow(sql: String) throws {
    try catalog.write { db in try db.execute(sql: sql.replacing("$run", with: "'\(run.id)'")) }
  }

  @Test func deletingARunTakesItsRowsAndLeavesArtifacts() throws {
    try catalog.write { db in
      try db.execute(
        sql: """
          INSERT INTO runArtifact VALUES ('\(run.id)', 1, 'produced');
          INSERT INTO attributionHit VALUES ('\(run.id)', 0, 'top', 1, 0, 0.5);
          DELETE FROM run;
          """)
    }
    let counts = try catalog.read { db in
      try ["attributionQuery", "attributionHit", "runArtifact", "artifact"].map {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)")
      }
    }
    #expect(counts == [0, 0, 0, 1])
  }
}
