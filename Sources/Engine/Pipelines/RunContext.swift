package import Foundation

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
  /// Tables of documents whose rows are made by a recipe, the newest first; a recipe is all but the documents.
  package var earlierTables: @Sendable (_ recipe: Digest) throws -> [EarlierTable]
  /// What the file of an earlier run was made of, by name, as long as it is the same file; nil where nobody knows.
  package var ingredients: @Sendable (_ file: URL) throws -> [String: String]?
  package let forwardPasses = ForwardPasses()

  package init(
    progress: @escaping @Sendable (RunProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false },
    tell: @escaping @Sendable (String) -> Void = { _ in },
    repositories: any Repositories = LocalRepositories(),
    earlier: @escaping @Sendable ([RunOutcome.Artifact], [String]) throws -> EarlierRun? = { _, _ in nil },
    earlierTables: @escaping @Sendable (Digest) throws -> [EarlierTable] = { _ in [] },
    ingredients: @escaping @Sendable (URL) throws -> [String: String]? = { _ in nil }
  ) {
    self.progress = progress
    self.isCancelled = isCancelled
    self.tell = tell
    self.repositories = repositories
    self.earlier = earlier
    self.earlierTables = earlierTables
    self.ingredients = ingredients
  }
}
