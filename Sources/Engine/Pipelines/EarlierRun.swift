package import Foundation
import Synchronization

/// A run that has made what another is about to make, as somebody remembers it and has verified it.
package struct EarlierRun: Sendable {
  /// What people call it.
  package var name: String
  /// Where the products lie under their paths: its run directory, or the folder of one of its steps.
  package var directory: URL
  package var metrics: [RunOutcome.Metric]
  package var warnings: [String]

  package init(name: String, directory: URL, metrics: [RunOutcome.Metric], warnings: [String]) {
    self.name = name
    self.directory = directory
    self.metrics = metrics
    self.warnings = warnings
  }

  /// Its files behind these products, for the record of the run that takes them.
  func files(_ products: [RunOutcome.Artifact]) -> [URL] {
    products.map { directory.appendingPathComponent($0.path) }
  }
}

/// How many batches have gone forwards through a model, whoever sent them.
package final class ForwardPasses: Sendable {
  private let passes = Atomic(0)

  package init() {}

  package func add(_ count: Int) { passes.wrappingAdd(count, ordering: .relaxed) }

  package var count: Int { passes.load(ordering: .relaxed) }
}

extension EarlierRun {
  /// Puts products of the run, and what belongs to them, into a folder of another. Files are linked, since nothing changes
  /// what a complete run has, and copied where the folder lies on another disk: nobody may write to them afterwards.
  ///
  /// - Parameters:
  ///   - products: with paths below the folder.
  ///   - companions: files and folders beside them.
  func link(_ products: [RunOutcome.Artifact], _ companions: [String], into folder: URL) throws {
    for path in products.map(\.path) + companions {
      try RunDirectory.link(directory.appendingPathComponent(path), to: folder.appendingPathComponent(path))
    }
  }
}

extension RunContext {
  /// Brings what an earlier run has made into a folder of this one, if all of it is there.
  ///
  /// - Parameters:
  ///   - products: with paths below the folder.
  ///   - companions: files and folders beside them that the earlier run must have as well.
  ///   - what: what is taken, for the run's story.
  /// - Returns: nil where there is no such run, and the work is to be done.
  func take(
    _ products: [RunOutcome.Artifact], beside companions: [String] = [], into folder: URL, as what: String
  ) throws -> EarlierRun? {
    guard !products.isEmpty, let earlier = try earlier(products, companions) else { return nil }
    try earlier.link(products, companions, into: folder)
    tell("\(what): reused from \(earlier.name)")
    return earlier
  }
}

extension RunOutcome {
  /// Notes whose files a run has taken over. A run that takes the earlier one's place made these bytes itself, as far as
  /// anybody can tell.
  mutating func use(_ files: [URL], in directory: RunDirectory) {
    let own = directory.finalURL.path + "/"
    used += files.filter { !$0.standardizedFileURL.path.hasPrefix(own) }
  }

  /// What an earlier run says about the numbers that were taken from it, but not about the work that they took.
  mutating func take(from earlier: EarlierRun) {
    metrics += earlier.metrics.filter { !Metric.ofTheWork.contains($0.name) }
    warnings += earlier.warnings
  }
}

extension RunOutcome.Metric {
  /// What a run's work took, which is not that of one that reuses its products.
  fileprivate static let ofTheWork: Set = [
    "gradientTime", "tokensPerSecond", "workers", "decompositionTime", "correctionTime", "summaryTime", "wallTime",
    "peakMemory", "forwardPasses", "rowsReused", "rowsInReusedSums",
  ]
}
