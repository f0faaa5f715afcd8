import GRDB

/// A row of `attributionQuery`: a text that training documents were ranked for.
package struct AttributionQueryRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "attributionQuery"

  package var runID: String
  /// Place among the run's queries, from 0.
  package var position: Int
  package var text: String
  /// Row in the query data set.
  package var row: Int
  /// The model's loss on the query, nats.
  package var loss: Double?

  package init(runID: String, position: Int, text: String, row: Int, loss: Double?) {
    self.runID = runID
    self.position = position
    self.text = Excerpt.storable(text)
    self.row = row
    self.loss = loss
  }
}
