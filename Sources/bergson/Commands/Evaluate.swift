/// `bergson evaluate`: how good are the scores of a run, beside what is to be had without gradients?
import ArgumentParser
import Engine

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Say how good the scores of a run are, beside baselines.",
    subcommands: [EvaluateRecall.self, EvaluateLDS.self])
}

struct EvaluateRecall: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recall", abstract: "Are the documents found that the queries name?")

  @OptionGroup var evaluation: EvaluationOptions

  @Option(
    name: .customLong("supporting_column"),
    help: ArgumentHelp(
      "Column of the queries with the row numbers that ought to be found (required)", valueName: "column"))
  var supportingColumn: String?

  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func makeConfiguration() throws -> RunStep {
    try evaluation.resolve(.recall) { supportingColumn.override(&$0.supportingColumn) }
  }

  func run() throws {
    try RunSession(step: makeConfiguration(), global: global, name: runName.runName).evaluate(json: evaluation.json)
  }
}

struct EvaluateLDS: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lds", abstract: "Do the scores predict what retraining on parts of the data does?",
    discussion: """
      The linear datamodeling score: the rank correlation, over the subsets of a retraining bank, of the sum of the \
      scores of the rows kept with minus the loss after retraining on them, as a mean over queries.
      """)

  @OptionGroup var evaluation: EvaluationOptions

  @Option(
    name: .customLong("bank"),
    help: ArgumentHelp(
      "JSON with `subsets`, rows kept, and `losses` [repeat][subset][query] after retraining (required)",
      valueName: "file"))
  var bank: String?

  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func makeConfiguration() throws -> RunStep {
    try evaluation.resolve(.lds) { bank.override(&$0.bank) }
  }

  func run() throws {
    try RunSession(step: makeConfiguration(), global: global, name: runName.runName).evaluate(json: evaluation.json)
  }
}
