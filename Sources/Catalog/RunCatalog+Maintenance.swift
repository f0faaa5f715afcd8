import Foundation
import GRDB

/// Looking after the file, and after what it says about others.
extension RunCatalog {
  /// Artifacts that have not been replaced: of one run, or all.
  package func liveArtifacts(of runID: String? = nil) throws -> [ArtifactRecord] {
    try read { db in
      guard let runID else { return try ArtifactRecord.all().live().order(Column("id")).fetchAll(db) }
      return try Self.artifacts(.produced, by: runID, db).filter { $0.replacedAt == nil }
    }
  }

  /// Marks artifacts as replaced whose files are no longer there, so that nobody is offered them.
  ///
  /// - Parameter isMissing: Asked for each artifact that has not been replaced.
  /// - Returns: Those that were marked.
  package func forgetMissingArtifacts(where isMissing: (ArtifactRecord) throws -> Bool) throws -> [ArtifactRecord] {
    let missing = try liveArtifacts().filter(isMissing)
    guard !missing.isEmpty else { return [] }
    try write { db in
      for artifact in missing {
        try db.execute(
          sql: "UPDATE artifact SET replacedAt = ? WHERE id = ? AND replacedAt IS NULL",
          arguments: [Date.now, artifact.id])
      }
    }
    return missing
  }

  /// What SQLite finds wrong with the file; empty for a sound one.
  package func integrityProblems() throws -> [String] {
    try read { db in
      let problems = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
      let orphans = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map { row in
        "a row of \(row["table"] as String? ?? "?") refers to one of \(row["parent"] as String? ?? "?") that is not there"
      }
      return problems + orphans
    }
  }

  /// Lets SQLite bring its statistics up to date and fold its log into the file.
  package func tidy() throws {
    try withoutTransaction { db in
      try db.execute(sql: "PRAGMA optimize")
      _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
  }
}
