import GRDB

/// A row of `attributionHit`: a document among those with the largest or smallest scores for a query.
package struct AttributionHitRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "attributionHit"

  package enum Direction: String, Codable, Sendable, DatabaseValueConvertible {
    case top, bottom
  }

  package var runID: String
  package var queryPosition: Int
  package var direction: Direction
  /// From 1: the largest score of `top`, the smallest of `bottom`.
  package var rank: Int
  /// Row of the document in the data set.
  package var row: Int
  package var score: Double

  package init(runID: String, queryPosition: Int, direction: Direction, rank: Int, row: Int, score: Double) {
    self.runID = runID
    self.queryPosition = queryPosition
    self.direction = direction
    self.rank = rank
    self.row = row
    self.score = score
  }
}
