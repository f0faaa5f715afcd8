import GRDB

/// A row of `metric`: a number about a run, such as `tokensPerSecond`.
package struct MetricRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "metric"

  package var runID: String
  package var name: String
  package var value: Double
  /// As in `tokens/s`, `bytes`; empty for counts and shares.
  package var unit: String

  package init(runID: String, name: String, value: Double, unit: String) {
    self.runID = runID
    self.name = name
    self.value = value
    self.unit = unit
  }
}
