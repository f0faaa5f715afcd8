import Foundation
import GRDB

/// Why an artifact was computed although something like it was there.
package struct ReuseMiss: Codable, Sendable, Equatable {
  /// What was computed.
  package var artifact: ArtifactRecord
  /// The earlier artifact with the fewest other ingredients, the newest of several; none where there was none of the kind.
  package var nearest: ArtifactRecord?
  /// The run that made it.
  package var run: RunRecord?
  /// By name; empty where the nearest was made of the same, and so could have been taken.
  package var differences: [Difference]

  package struct Difference: Codable, Sendable, Equatable {
    package var ingredient: String
    /// Nil where the key does not have it.
    package var here: String?
    package var there: String?
  }
}

extension RunCatalog {
  /// Artifacts that are looked through for the nearest one.
  private static let searched = 10_000

  /// Why the artifacts of a key, or of a run, were computed: one answer for each key.
  ///
  /// - Parameter artifacts: as `details(of:)` or `artifacts(ofKey:)` have them.
  package func misses(of artifacts: [ArtifactRecord]) throws -> [ReuseMiss] {
    var seen: Set<String> = []
    return try read { db in
      try artifacts.compactMap { artifact in
        guard let key = artifact.keyDigest, let own = artifact.keyIngredients, seen.insert(key).inserted else {
          return nil
        }
        return try Self.miss(of: artifact, own, db)
      }
    }
  }

  /// The artifacts whose key begins with these digits.
  package func artifacts(ofKey prefix: String) throws -> [ArtifactRecord] {
    guard !prefix.isEmpty, prefix.allSatisfy(\.isHexDigit) else { return [] }
    let low = prefix.lowercased()
    return try read { db in
      try ArtifactRecord.filter(Column("keyDigest") >= low && Column("keyDigest") < low + "g").fetchAll(db)
    }
  }

  private static func miss(of artifact: ArtifactRecord, _ own: [String: String], _ db: Database) throws -> ReuseMiss {
    let kind = own["artifact"]
    let earlier =
      try ArtifactRecord
      .filter(Column("keyDigest") != nil && Column("replacedAt") == nil && Column("id") < artifact.id)
      .filter(sql: "json_extract(keyIngredients, '$.artifact') IS ?", arguments: [kind])
      .order(Column("id").desc).limit(searched).fetchAll(db)
    let ranked = earlier.map { (record: $0, differences: differences(own, $0.keyIngredients ?? [:])) }
    let nearest = ranked.min { $0.differences.count < $1.differences.count }
    let run = try nearest.flatMap { nearest in
      try RunRecord.fetchOne(
        db,
        sql: """
          SELECT run.* FROM run JOIN runArtifact ON runArtifact.runID = run.id
          WHERE runArtifact.artifactID = ? AND runArtifact.role = 'produced' ORDER BY run.createdAt LIMIT 1
          """,
        arguments: [nearest.record.id])
    }
    return ReuseMiss(
      artifact: artifact, nearest: nearest?.record, run: run, differences: nearest?.differences ?? [])
  }

  private static func differences(_ here: [String: String], _ there: [String: String]) -> [ReuseMiss.Difference] {
    Set(here.keys).union(there.keys).sorted().filter { here[$0] != there[$0] }
      .map { ReuseMiss.Difference(ingredient: $0, here: here[$0], there: there[$0]) }
  }
}
