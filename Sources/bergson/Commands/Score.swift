/// `bergson score`: scores of documents against the gradients of queries.
import ArgumentParser

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Score every document against queries.",
    discussion: """
      Computes the documents' gradients and keeps only their products with the queries'. A positive score means that \
      training on the document lowers the query's loss.
      """)

  @OptionGroup var target: RunTargetOptions
  @OptionGroup(title: "Scores") var score: ScoreOptions
  @OptionGroup(title: "Model, data and collection") var index: IndexOptions
  @OptionGroup(title: "Rows") var preprocess: PreprocessOptions
  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var reuse: ReuseOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func makeConfiguration() throws -> (step: RunStep, notes: [String]) {
    try index.refuseProducts(of: .score)
    return try target.resolve(.score, index: index) {
      score.override(&$0.score)
      preprocess.override(&$0.preprocess)
    }
  }

  func run() throws {
    let (step, notes) = try makeConfiguration()
    try RunSession(
      step: step, global: global, name: runName.runName, notes: notes, reuses: reuse.reuse ?? true
    ).run()
  }
}
