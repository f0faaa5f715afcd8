import GRDB

/// A row of `runDataset`: documents that a run read, as they were then.
package struct RunDatasetRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "runDataset"

  package enum Role: String, Codable, Sendable, DatabaseValueConvertible {
    case data, query
  }

  package var runID: String
  package var role: Role
  package var path: String
  /// The commit of a hub repository, where the files came from one.
  package var hubRevision: String?
  package var split: String
  /// Hexadecimal.
  package var digest: String
  package var rowCount: Int
  package var tokenCount: Int

  package init(
    runID: String, role: Role, path: String, hubRevision: String? = nil, split: String, digest: String, rowCount: Int,
    tokenCount: Int
  ) {
    self.runID = runID
    self.role = role
    self.path = path
    self.hubRevision = hubRevision
    self.split = split
    self.digest = digest
    self.rowCount = rowCount
    self.tokenCount = tokenCount
  }
}
