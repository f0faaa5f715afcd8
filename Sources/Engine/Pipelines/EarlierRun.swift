package import Foundation
import Synchronization

/// A run that has made everything that another is about to make, as somebody remembers it and has verified it.
package struct EarlierRun: Sendable {
  /// What people call it.
  package var name: String
  package var directory: URL
  /// All that it made, with paths below its directory.
  package var artifacts: [RunOutcome.Artifact]
  package var metrics: [RunOutcome.Metric]
  package var warnings: [String]

  package init(
    name: String, directory: URL, artifacts: [RunOutcome.Artifact], metrics: [RunOutcome.Metric], warnings: [String]
  ) {
    self.name = name
    self.directory = directory
    self.artifacts = artifacts
    self.metrics = metrics
    self.warnings = warnings
  }
}

/// How many batches have gone forwards through a model, whoever sent them.
package final class ForwardPasses: Sendable {
  private let passes = Atomic(0)

  package init() {}

  package func add(_ count: Int) { passes.wrappingAdd(count, ordering: .relaxed) }

  package var count: Int { passes.load(ordering: .relaxed) }
}

extension RunContext {
  /// Fills a run directory with what an earlier run has made from the same ingredients.
  ///
  /// - Parameters:
  ///   - products: what the run is about to make, all of which the earlier one must have made.
  ///   - own: files that the run writes itself.
  /// - Returns: what the earlier run found out; nil where there is none, and the work is to be done.
  func reuse(
    _ products: [RunOutcome.Artifact], in directory: RunDirectory, without own: Set<String>
  ) throws -> RunOutcome? {
    guard !products.isEmpty, let earlier = try earlier(products) else { return nil }
    try directory.fill(from: earlier.directory, without: own)
    tell("reused from \(earlier.name)")
    var outcome = RunOutcome()
    outcome.artifacts = earlier.artifacts
    // A run that takes the earlier one's place made these bytes itself, as far as anybody can tell.
    if earlier.directory.standardizedFileURL.path != directory.finalURL.path {
      outcome.used = earlier.artifacts.map { earlier.directory.appendingPathComponent($0.path) }
    }
    outcome.metrics = earlier.metrics.filter { !RunOutcome.Metric.ofTheWork.contains($0.name) }
    outcome.warnings = earlier.warnings
    return outcome
  }
}

extension RunOutcome.Metric {
  /// What a run's work took, which is not that of one that reuses its products.
  fileprivate static let ofTheWork: Set = [
    "gradientTime", "tokensPerSecond", "workers", "decompositionTime", "correctionTime", "summaryTime", "wallTime",
    "peakMemory", "forwardPasses",
  ]
}
