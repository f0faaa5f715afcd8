import Foundation
import GRDB

/// Taking runs out of listings, and back; what they made stays until garbage is collected.
extension RunCatalog {
  /// - Throws: `RunCatalogError.noSuchRun`, `.runAtWork` for one whose process lives; then none is removed.
  package func remove(_ runIDs: [String]) throws {
    try write { db in
      for id in runIDs {
        guard let run = try RunRecord.fetchOne(db, key: id) else { throw RunCatalogError.noSuchRun(id) }
        if try run.state() == .running { throw RunCatalogError.runAtWork(runID: id, host: run.host, pid: run.pid) }
        guard run.removedAt == nil else { continue }
        try db.execute(sql: "UPDATE run SET removedAt = ? WHERE id = ?", arguments: [Date.now, id])
      }
    }
  }

  /// - Throws: `RunCatalogError.noSuchRun`, `.runNotRemoved`; then none is restored.
  package func restore(_ runIDs: [String]) throws {
    try write { db in
      for id in runIDs {
        guard let run = try RunRecord.fetchOne(db, key: id) else { throw RunCatalogError.noSuchRun(id) }
        guard run.removedAt != nil else { throw RunCatalogError.runNotRemoved(runID: id) }
        try db.execute(sql: "UPDATE run SET removedAt = NULL WHERE id = ?", arguments: [id])
      }
    }
  }

  /// Runs that used what a run made and are not removed themselves, oldest first.
  package func dependants(of runID: String) throws -> [RunRecord] {
    try read { try Self.dependants(of: runID, $0) }
  }

  static func dependants(of runID: String, _ db: Database) throws -> [RunRecord] {
    try RunRecord.fetchAll(
      db,
      sql: """
        SELECT DISTINCT run.* FROM runArtifact AS made
        JOIN runArtifact AS read ON read.artifactID = made.artifactID AND read.role = 'used'
        JOIN run ON run.id = read.runID
        WHERE made.runID = ? AND made.role = 'produced' AND run.id <> made.runID AND run.removedAt IS NULL
        ORDER BY run.createdAt
        """, arguments: [runID])
  }
}
