import GRDB

/// A row of `runArtifact`: that a run made an artifact or read it.
package struct RunArtifactRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "runArtifact"

  package enum Role: String, Codable, Sendable, DatabaseValueConvertible {
    case produced, used
  }

  package var runID: String
  package var artifactID: Int64
  package var role: Role
}
