/// `bergson preconditioners`: second-moment matrices of gradients, without an index.
import ArgumentParser

struct Preconditioners: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preconditioners",
    abstract: "Fit preconditioners only.",
    discussion: "Reads the documents that --stats_sample_size allows and writes no gradients.")

  @OptionGroup var target: RunTargetOptions
  @OptionGroup(title: "Model, data and collection") var index: IndexOptions
  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var reuse: ReuseOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func makeConfiguration() throws -> (step: RunStep, notes: [String]) {
    try target.resolve(.preconditioners, index: index) { _ in }
  }

  func run() throws {
    let (step, notes) = try makeConfiguration()
    try RunSession(
      step: step, global: global, name: runName.runName, notes: notes, reuses: reuse.reuse ?? true
    ).run()
  }
}
