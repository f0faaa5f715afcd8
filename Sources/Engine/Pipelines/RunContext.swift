import Foundation

/// How far a stage of a run has come.
package struct RunProgress: Sendable {
  package let stage: String
  package let completed: Int
  package let total: Int
  package let tokens: Int
}

/// What a pipeline needs of whoever runs it: somebody to tell, and word whether to stop.
package struct RunContext: Sendable {
  package var progress: @Sendable (RunProgress) -> Void
  /// Asked between batches.
  package var isCancelled: @Sendable () -> Bool
  /// A line of the run's story, for people.
  package var tell: @Sendable (String) -> Void
  /// Where models and data sets that are named come from.
  package var repositories: any Repositories
  /// A run that has made all of these products in one folder, verified, and has the named files or folders beside them;
  /// nil where none is known.
  package var earlier: @Sendable (_ products: [RunOutcome.Artifact], _ companions: [String]) throws -> EarlierRun?
  /// Indexes whose rows are made by a recipe, of which all but the documents is known; the newest first. Their tables of
  /// documents are verified, their rows are not.
  package var earlierIndexes: @Sendable (_ recipe: Digest) throws -> [EarlierIndex]
  package let forwardPasses = ForwardPasses()

  package init(
    progress: @escaping @Sendable (RunProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false },
    tell: @escaping @Sendable (String) -> Void = { _ in },
    repositories: any Repositories = LocalRepositories(),
    earlier: @escaping @Sendable ([RunOutcome.Artifact], [String]) throws -> EarlierRun? = { _, _ in nil },
    earlierIndexes: @escaping @Sendable (Digest) throws -> [EarlierIndex] = { _ in [] }
  ) {
    self.progress = progress
    self.isCancelled = isCancelled
    self.tell = tell
    self.repositories = repositories
    self.earlier = earlier
    self.earlierIndexes = earlierIndexes
  }
}
