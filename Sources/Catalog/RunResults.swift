/// What a run leaves in the catalog besides its own row: all of it at its end, or parts while it works.
package struct RunResults: Sendable, Equatable {
  package var models: [RunModelRecord] = []
  package var datasets: [RunDatasetRecord] = []
  package var metrics: [MetricRecord] = []
  package var produced: [NewArtifact] = []
  /// Ids of artifacts that the run read.
  package var used: [Int64] = []
  package var warnings: [String] = []
  /// A directory whose former contents the run put away: the artifacts in it that other runs made, and this one did not
  /// make again, are marked as replaced. Absolute.
  package var replacedDirectory: String?

  package init() {}
}
