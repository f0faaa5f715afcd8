/// `bergson reduce`: one aggregated gradient row of a whole data set.
import ArgumentParser

struct Reduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reduce",
    abstract: "Collect one aggregated gradient of all documents.",
    discussion: "Like `build --aggregation mean`: the row that a set of queries is usually scored with.")

  @OptionGroup var target: RunTargetOptions
  @OptionGroup(title: "Model, data and collection") var index: IndexOptions
  @OptionGroup(title: "Rows") var preprocess: PreprocessOptions
  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var reuse: ReuseOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func makeConfiguration() throws -> (step: RunStep, notes: [String]) {
    try target.resolve(.reduce, index: index) { preprocess.override(&$0.preprocess) }
  }

  func run() throws {
    let (step, notes) = try makeConfiguration()
    try RunSession(
      step: step, global: global, name: runName.runName, notes: notes, reuses: reuse.reuse ?? true
    ).run()
  }
}
