/// `bergson build`: gradient rows of documents, on disk.
import ArgumentParser

struct Build: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Collect the gradient of every document into an index.",
    discussion: """
      Writes one row per document to RUN_PATH (with --aggregation one row in all), and fits preconditioners unless \
      told not to.
      """)

  @OptionGroup var target: RunTargetOptions
  @OptionGroup(title: "Model, data and collection") var index: IndexOptions
  @OptionGroup(title: "Rows") var preprocess: PreprocessOptions
  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var reuse: ReuseOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func makeConfiguration() throws -> (step: RunStep, notes: [String]) {
    try target.resolve(.build, index: index) { preprocess.override(&$0.preprocess) }
  }

  func run() throws {
    let (step, notes) = try makeConfiguration()
    try RunSession(
      step: step, global: global, name: runName.runName, notes: notes, reuses: reuse.reuse ?? true
    ).run()
  }
}
