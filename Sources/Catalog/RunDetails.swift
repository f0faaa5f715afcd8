/// A run with everything that belongs to it, for `runs show`.
package struct RunDetails: Codable, Sendable, Equatable {
  package var run: RunRecord
  /// In alphabetical order.
  package var tags: [String]
  package var models: [RunModelRecord]
  package var datasets: [RunDatasetRecord]
  /// By name.
  package var metrics: [MetricRecord]
  package var produced: [ArtifactRecord]
  package var used: [ArtifactRecord]
  package var warnings: [String]
}
