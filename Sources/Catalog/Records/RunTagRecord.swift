import GRDB

/// A row of `runTag`: a word by which runs are found together.
package struct RunTagRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "runTag"

  package var runID: String
  package var tag: String
}
