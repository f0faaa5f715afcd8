import GRDB

/// A row of `evaluation`: how well a method, or a baseline beside it, found the documents that it ought to.
package struct EvaluationRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "evaluation"

  package var runID: String
  /// As in `gradients`, `bm25`, `random`.
  package var method: String
  /// As in `recall`, `meanReciprocalRank`.
  package var metric: String
  /// Documents looked at, for metrics that have a cutoff.
  package var k: Int?
  package var value: Double
  /// Confidence interval, where one was computed.
  package var lowerBound: Double?
  package var upperBound: Double?
  package var queryCount: Int

  package init(
    runID: String, method: String, metric: String, k: Int?, value: Double, lowerBound: Double?,
    upperBound: Double?, queryCount: Int
  ) {
    self.runID = runID
    self.method = method
    self.metric = metric
    self.k = k
    self.value = value
    self.lowerBound = lowerBound
    self.upperBound = upperBound
    self.queryCount = queryCount
  }
}
