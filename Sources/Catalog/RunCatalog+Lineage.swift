import GRDB

/// Which runs a run was made from, and which were made from it: by the artifacts that they made and used.
package struct RunLineage: Codable, Sendable, Equatable {
  package struct Edge: Codable, Sendable, Equatable, FetchableRecord {
    /// Made the artifact.
    package var producer: String
    /// Read it.
    package var consumer: String
    /// As in `index`.
    package var kind: String
  }

  package var root: String
  /// By id; all that the edges name, and the root.
  package var runs: [String: RunRecord]
  /// Without repetition.
  package var edges: [Edge]

  package func producers(of runID: String) -> [Edge] { edges.filter { $0.consumer == runID } }

  package func consumers(of runID: String) -> [Edge] { edges.filter { $0.producer == runID } }
}

extension RunCatalog {
  /// Everything that led to a run, and everything that came of it.
  ///
  /// - Throws: `RunCatalogError.noSuchRun`.
  package func lineage(of runID: String) throws -> RunLineage {
    try read { db in
      try Self.checkExists(runID, db)
      let edges = try Self.edges(from: runID, .above, db) + Self.edges(from: runID, .below, db)
      let ids = Set(edges.flatMap { [$0.producer, $0.consumer] } + [runID])
      let runs = try RunRecord.fetchAll(db, keys: ids)
      return RunLineage(
        root: runID, runs: Dictionary(uniqueKeysWithValues: runs.map { ($0.id, $0) }), edges: edges)
    }
  }

  private enum Direction { case above, below }

  /// Walks from a run in one direction. Each run is visited once, so that no circle, as two runs over one directory may
  /// make, goes on for ever.
  private static func edges(from runID: String, _ direction: Direction, _ db: Database) throws -> [RunLineage.Edge] {
    let (own, other) = direction == .above ? ("read", "made") : ("made", "read")
    let statement = try db.cachedStatement(
      sql: """
        SELECT made.runID AS producer, read.runID AS consumer, artifact.kind
        FROM runArtifact AS \(own)
        JOIN runArtifact AS \(other) ON \(other).artifactID = \(own).artifactID
        JOIN artifact ON artifact.id = \(own).artifactID
        JOIN run ON run.id = \(other).runID
        WHERE \(own).runID = ? AND made.role = 'produced' AND read.role = 'used' AND made.runID <> read.runID
        GROUP BY made.runID, read.runID, artifact.kind ORDER BY min(artifact.id), run.createdAt, run.rowid
        """)
    var edges: [RunLineage.Edge] = []
    var visited: Set = [runID]
    var waiting = [runID]
    while let next = waiting.popLast() {
      let found = try RunLineage.Edge.fetchAll(statement, arguments: [next])
      edges += found
      let others = found.map { direction == .above ? $0.producer : $0.consumer }
      for id in others where visited.insert(id).inserted { waiting.append(id) }
    }
    return edges
  }
}
