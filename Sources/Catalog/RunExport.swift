import Foundation
import GRDB

/// A run with all its rows, to be taken to another catalog.
package struct RunExport: Codable, Sendable, Equatable {
  package var details: RunDetails
  package var publication: Publication
}

extension RunCatalog {
  /// - Throws: `RunCatalogError.noSuchRun`, `.runAtWork`.
  package func export(_ runID: String) throws -> RunExport {
    let details = try details(of: runID)
    if try details.run.state() == .running {
      throw RunCatalogError.runAtWork(runID: runID, host: details.run.host, pid: details.run.pid)
    }
    return RunExport(details: details, publication: try publication(of: runID))
  }

  package func has(_ runID: String) throws -> Bool {
    try read { try RunRecord.exists($0, key: runID) }
  }

  /// Enters a run of another catalog under its own id, with its directory at another path. What it made there is live
  /// here; what lay elsewhere, and what it used, is known by its digest only, unless the same bytes are live here.
  ///
  /// - Parameter path: Absolute; none for a run without files.
  /// - Returns: The run as it is here: without its name if that is taken, which is a fact of this catalog.
  /// - Throws: `RunCatalogError.runExists`, `.rowRefused` for rows that no catalog would have.
  package func enter(_ export: RunExport, at path: String?) throws -> RunRecord {
    try export.publication.checkNumbers()
    return try write { db in
      var run = export.details.run
      if try RunRecord.exists(db, key: run.id) { throw RunCatalogError.runExists(runID: run.id) }
      if let name = run.name, try RunRecord.all().named(name).fetchOne(db) != nil { run.name = nil }
      let oldPath = run.path
      run.path = path.map { Self.absolutePath($0, from: "/") }
      run.removedAt = nil
      try run.insert(db)
      try RunSettings.insert(of: run, db)
      try Self.insert(export.details, of: run, db)
      for artifact in export.details.produced {
        try Self.enter(artifact, of: run.id, as: .produced, movedFrom: oldPath, to: run.path, db)
      }
      for artifact in export.details.used {
        try Self.enter(artifact, of: run.id, as: .used, movedFrom: nil, to: nil, db)
      }
      try Self.insert(export.publication, db)
      return run
    }
  }

  private static func insert(_ details: RunDetails, of run: RunRecord, _ db: Database) throws {
    func check(_ runID: String) throws {
      guard runID == run.id else {
        throw RunCatalogError.rowRefused(detail: "a row of run \(runID) among those of \(run.id)")
      }
    }
    for tag in details.tags { try RunTagRecord(runID: run.id, tag: tag).insert(db) }
    for model in details.models {
      try check(model.runID)
      try model.insert(db)
    }
    for dataset in details.datasets {
      try check(dataset.runID)
      try dataset.insert(db)
    }
    for metric in details.metrics {
      try check(metric.runID)
      try metric.insert(db)
    }
    for (position, message) in details.warnings.enumerated() {
      try WarningRecord(runID: run.id, position: position, message: message).insert(db)
    }
  }

  private static func enter(
    _ artifact: ArtifactRecord, of runID: String, as role: RunArtifactRecord.Role, movedFrom old: String?,
    to new: String?, _ db: Database
  ) throws {
    var record = InsertedArtifact(artifact)
    if let old, let new, artifact.replacedAt == nil, artifact.path.hasPrefix(old + "/") {
      record.path = absolutePath(new + artifact.path.dropFirst(old.count), from: "/")
      guard record.path.hasPrefix(new + "/") else {
        throw RunCatalogError.rowRefused(detail: "the artifact '\(artifact.path)' is not within '\(old)'")
      }
      // The directory is new, so what was known to be there is not.
      try db.execute(
        sql: "UPDATE artifact SET replacedAt = ? WHERE path = ? AND replacedAt IS NULL",
        arguments: [Date.now, record.path])
    } else if role == .used,
      let same = try ArtifactRecord.all().live()
        .filter(Column("digest") == artifact.digest && Column("bytes") == artifact.bytes).newestFirst().fetchOne(db)
    {
      try RunArtifactRecord(runID: runID, artifactID: same.id, role: role).insert(db)
      return
    } else {
      record.replacedAt = artifact.replacedAt ?? Date.now
    }
    let stored = try record.insertAndFetch(db, as: ArtifactRecord.self)
    try RunArtifactRecord(runID: runID, artifactID: stored.id, role: role).insert(db)
  }
}
