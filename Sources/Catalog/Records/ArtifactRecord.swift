package import Foundation
import GRDB

/// A row of `artifact`: bytes that were at a path from `createdAt` on, until `replacedAt`.
package struct ArtifactRecord: Codable, Sendable, Equatable, Identifiable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "artifact"

  package var id: Int64
  /// As in `index`, `preconditioner`, `scores`.
  package var kind: String
  /// Absolute.
  package var path: String
  package var bytes: Int64
  /// Hexadecimal digest of the bytes.
  package var digest: String
  /// Hexadecimal digest of everything that determines the bytes; none for what is not to be reused.
  package var keyDigest: String?
  /// What went into `keyDigest`, by name, so that a miss can be explained.
  package var keyIngredients: [String: String]?
  package var formatVersion: Int
  package var createdAt: Date
  /// When other bytes came to the path; none while these are the last known to be there.
  package var replacedAt: Date?
}
