/// Flags of the scoring of documents against queries (`score_cfg`).
import ArgumentParser
import Engine

struct ScoreOptions: ParsableArguments {
  private static let defaults = ScoreConfig()

  @Option(
    name: .customLong("query_path"),
    help: ArgumentHelp("A run of `build` or `reduce` over the queries (required)", valueName: "directory"))
  var queryPath: String?

  @OptionGroup var products: ProductOptions

  @Option(
    name: .customLong("candidates.scores"),
    help: .setting(
      "An earlier score run over the same data: score only what it ranked first.", default: defaults.candidates.scores,
      value: "directory"))
  var candidateScores: String?

  @Option(
    name: .customLong("candidates.top_k"),
    help: .setting(
      "How many candidates to take from it.", default: defaults.candidates.topK, value: "documents"))
  var candidateTopK: Int?

  @Option(
    name: .customLong("candidates.fraction"),
    help: .setting(
      "Or the share of its documents to take.", default: defaults.candidates.fraction, value: "share"))
  var candidateFraction: Double?

  @Option(
    name: .customLong("candidates.direction"),
    help: .setting(
      "Take those that raise the query's probability or those that lower it.", default: defaults.candidates.direction))
  var candidateDirection: CandidateDirection?

  func override(_ config: inout ScoreConfig) {
    queryPath.override(&config.queryPath)
    products.override(&config)
    candidateScores.override(&config.candidates.scores)
    candidateTopK.override(&config.candidates.topK)
    candidateFraction.override(&config.candidates.fraction)
    candidateDirection.override(&config.candidates.direction)
  }
}

/// The products of documents and queries, wherever the queries come from.
struct ProductOptions: ParsableArguments {
  private static let defaults = ScoreConfig()

  @Option(
    name: .customLong("score"),
    help: .setting(
      "One score per query, or the largest over the queries (nearest).", default: defaults.score))
  var score: ScoreKind?

  @Option(
    name: .customLong("batch_size"),
    help: .setting("Documents scored at once.", default: defaults.batchSize, value: "documents"))
  var batchSize: Int?

  @Option(
    name: .customLong("query_batch_size"),
    help: .setting(
      "Queries in memory at once; `none` for as many as fit.", default: defaults.queryBatchSize, value: "queries"))
  var queryBatchSize: Nullable<Int>?

  @Option(
    name: .customLong("score_cfg.precision"),
    help: .setting("Precision of the stored products.", default: defaults.precision))
  var precision: ScorePrecision?

  @Option(
    name: .customLong("score_cfg.modules"), parsing: .upToNextOption,
    help: .setting(
      "Only these modules take part in the product; `none` for all.", default: defaults.modules, value: "module"))
  var modules: [String] = []

  @Option(
    name: .customLong("supporting_column"),
    help: .setting(
      "Column of the queries with the row numbers that ought to be found; recall is then reported beside BM25 and random.",
      default: defaults.supportingColumn, value: "column"))
  var supportingColumn: String?

  func override(_ config: inout ScoreConfig) {
    score.override(&config.score)
    batchSize.override(&config.batchSize)
    queryBatchSize.override(&config.queryBatchSize)
    precision.override(&config.precision)
    ListOverride(modules).override(&config.modules)
    supportingColumn.override(&config.supportingColumn)
  }
}
