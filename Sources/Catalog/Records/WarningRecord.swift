import GRDB

/// A row of `warning`: what a run said to its user and a reader of its numbers has to know.
package struct WarningRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "warning"

  package var runID: String
  /// Order of appearance, from 0.
  package var position: Int
  package var message: String
}
