package import Foundation
import GRDB

/// A row of `deletion`: a path that garbage collection has decided to delete and has not deleted yet.
package struct DeletionRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "deletion"

  package var id: Int64
  package var runID: String
  package var path: String
  package var bytes: Int64
  package var decidedAt: Date
}
