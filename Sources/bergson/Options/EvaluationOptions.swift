/// What both evaluations take (`evaluate_cfg`).
import ArgumentParser
import Engine

struct EvaluationOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The run of `score` to evaluate; or the .yaml file of an earlier evaluation, with flags over it.",
      valueName: "SCORES|FILE.yaml"))
  var target: String

  @Flag(name: .customLong("json"), help: "Print a JSON object.")
  var json = false

  @Option(
    name: .customLong("index"),
    help: ArgumentHelp(
      "An index of the same documents: their loss and gradient norm are then baselines too (default: none)",
      valueName: "directory"))
  var index: String?

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp("What has the tokenizer of the data (default: the one that was scored)", valueName: "path|id"))
  var model: String?

  @OptionGroup(title: "What was scored, where the run does not say") var data: RecordOptions<ScoredDocuments>
  @OptionGroup(title: "The queries, where the run does not say") var query: RecordOptions<QueryDocuments>

  /// Settings by rank: defaults, then the file, then flags.
  ///
  /// - Throws: `ConfigurationError`.
  func resolve(_ measure: EvaluationMeasure, override: (inout EvaluationConfig) -> Void) throws -> RunStep {
    var step = RunStep(.evaluate)
    if RunConfiguration.isFile(target) {
      step = try RunConfiguration.read(target, for: .evaluate).step
    } else {
      step.evaluation.scores = target
    }
    step.evaluation.measure = measure
    index.override(&step.evaluation.index)
    model.override(&step.evaluation.model)
    data.override(&step.evaluation.data)
    query.override(&step.evaluation.query)
    override(&step.evaluation)
    return try step.validated()
  }
}
