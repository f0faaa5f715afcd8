import Foundation

/// Scores of documents against queries, wherever the documents' gradient rows come from: what `score`, `trackstar` and
/// `ekfac` share.
struct ScoreStage {
  private let inputs: CollectionInputs
  private let gradients: GradientIndex
  private let queries: ScorePipeline.QueryRun
  private let preprocess: PreprocessConfig
  private let score: ScoreConfig
  private let prepared: QueryGradients
  private let supporting: SupportingRows?
  private let documentSide: RowTransform

  /// Brings the queries into the form in which they are multiplied; an evaluation that cannot be done is refused here.
  ///
  /// - Parameter gradients: rows of the queries, on which `queries.preprocess` was done when they were stored.
  /// - Throws: `RecipeMismatch` where queries, preconditioner and this run's gradients do not belong together.
  init(
    inputs: CollectionInputs, gradients: GradientIndex, queries: ScorePipeline.QueryRun, preprocess: PreprocessConfig,
    score: ScoreConfig, _ context: RunContext
  ) throws {
    self.inputs = inputs
    self.gradients = gradients
    self.queries = queries
    self.preprocess = preprocess
    self.score = score
    let blocks = inputs.recipe.blocks
    let both = try RowTransform(preprocess, blocks: blocks, processor: inputs.processor)
    prepared = try QueryGradients(
      gradients, blocks: blocks, transform: both, preprocess: preprocess, prepared: queries.preprocess,
      blockSize: score.queryBatchSize)
    documentSide = RowTransform(
      preconditioner: preprocess.unitNormalize ? both.preconditioner : nil, unitNormalize: preprocess.unitNormalize)
    supporting =
      try score.supportingColumn.isEmpty
      ? nil
      : SupportingRows(
        queries, gradients, column: score.supportingColumn, columns: score.score == .nearest ? 1 : prepared.count,
        documents: inputs, context.repositories)
  }

  /// Writes `scores.bin` of the rows that `feed` sends through the sink. Documents under two tokens have no gradient:
  /// score 0, not written.
  func write(to directory: URL, feed: (ScoreSink) throws -> BatchPass.Summary) throws -> BatchPass.Summary {
    let tokenOffsets = inputs.tokenOffsets
    let writer = try ScoreFileWriter(
      in: directory, rowCount: tokenOffsets?.last ?? inputs.tokens.count,
      queryCount: score.score == .nearest ? 1 : prepared.count, storage: storage, tokenOffsets: tokenOffsets)
    let summary = try feed(
      ScoreSink(queries: prepared, transform: documentSide, kind: score.score, writer: writer))
    try writer.close()
    return summary
  }

  /// Adds what a finished score file tells.
  ///
  /// - Parameter prefix: of the file's path below the run directory.
  func add(
    to outcome: inout RunOutcome, from directory: URL, below prefix: String = "", _ context: RunContext
  ) throws {
    outcome.artifacts.append(RunOutcome.Artifact(kind: "scores", path: prefix + "scores.bin", key: try key()))
    outcome.metrics.append(RunOutcome.Metric("queries", Double(prepared.count), "queries"))
    if !prepared.zeroRows.isEmpty {
      outcome.warnings.append("\(prepared.zeroRows.count) queries have a gradient of exactly zero and score 0")
    }
    try AttributionSummarizer(
      scores: ScoreFile(opening: directory), documents: inputs, queries: queries, gradients: gradients, score: score,
      supporting: supporting
    ).add(to: &outcome, context)
  }

  private var storage: StorageType {
    switch score.precision {
    case .fp32: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    case .auto: inputs.storage
    }
  }

  private func key() throws -> ArtifactKey {
    var ingredients = inputs.gradientIngredients.merging(try preprocess.ingredients()) { $1 }
    ingredients["queries"] = try Digest.sha256(of: gradients.dataURL).hex
    ingredients["score"] = score.score.rawValue
    ingredients["score_precision"] = score.precision.rawValue
    return ArtifactKey(kind: "scores", ingredients)
  }
}
