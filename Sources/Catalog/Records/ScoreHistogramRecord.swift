import GRDB

/// A row of `scoreHistogram`: how many documents scored within a bin.
package struct ScoreHistogramRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "scoreHistogram"

  package var runID: String
  /// None for the scores of all queries together.
  package var queryPosition: Int?
  /// From 0, in order of scores.
  package var bin: Int
  package var lowerBound: Double
  package var upperBound: Double
  package var count: Int

  package init(
    runID: String, queryPosition: Int?, bin: Int, lowerBound: Double, upperBound: Double, count: Int
  ) {
    self.runID = runID
    self.queryPosition = queryPosition
    self.bin = bin
    self.lowerBound = lowerBound
    self.upperBound = upperBound
    self.count = count
  }
}
