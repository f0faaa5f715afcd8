import Foundation

/// Scores of documents against queries, wherever the documents' gradient rows come from: what `score`, `trackstar` and
/// `ekfac` share.
struct ScoreStage {
  private let inputs: CollectionInputs
  private let gradients: GradientIndex
  private let queries: ScorePipeline.QueryRun
  private let preprocess: PreprocessConfig
  private let score: ScoreConfig
  private let supporting: SupportingRows?
  /// Scores of each document before the nearest is taken.
  private let queryCount: Int

  /// An evaluation that cannot be done is refused here.
  ///
  /// - Parameter gradients: rows of the queries, on which `queries.preprocess` was done when they were stored.
  init(
    inputs: CollectionInputs, gradients: GradientIndex, queries: ScorePipeline.QueryRun, preprocess: PreprocessConfig,
    score: ScoreConfig, _ context: RunContext
  ) throws {
    self.inputs = inputs
    self.gradients = gradients
    self.queries = queries
    self.preprocess = preprocess
    self.score = score
    let aggregates = queries.preprocess.aggregation == .none && preprocess.aggregation != .none
    queryCount = aggregates ? 1 : gradients.rowCount
    supporting =
      try score.supportingColumn.isEmpty
      ? nil
      : SupportingRows(
        queries, gradients, column: score.supportingColumn, columns: score.score == .nearest ? 1 : queryCount,
        documents: inputs, context.repositories)
  }

  /// What a pass over the documents has found out.
  struct Written {
    let summary: BatchPass.Summary
    /// Queries whose gradient is exactly zero.
    let zeroQueries: [Int]
    /// Files of earlier runs that documents' rows were taken from.
    var files: [URL] = []
  }

  /// How documents' gradients are multiplied with the queries.
  enum Way: Sendable {
    /// Each is formed first.
    case formed
    /// Position by position.
    case products
  }

  /// Writes `scores.bin` by a pass over the documents, in the way that costs less. Gradients that earlier indexes have are
  /// read.
  ///
  /// - Parameter way: nil for the cheaper one; of gradients that are sketched or preconditioned there is only one.
  func write(to directory: URL, by way: Way? = nil, _ context: RunContext) throws -> Written {
    let supply = try RowSupply(inputs, context)
    var written = try write(to: directory) { sink in
      if way == nil, supply.knowsRows {
        return try supply.run(context, stage: "scores", maximumDocuments: score.batchSize, sinks: [sink])
      }
      let recipe = inputs.recipe
      var chosen = Way.formed
      if recipe.isPlain, sink.transform.preconditioner == nil, sink.queries.matrix != nil {
        let cost = recipe.scoringCost(
          lengths: inputs.tokens.lengths, queries: queryCount, ofTokens: inputs.tokenOffsets != nil)
        chosen = way ?? (cost.products < cost.formed ? .products : .formed)
        context.tell(
          String(
            format:
              "gradients are \(chosen == .products ? "not " : "")formed: products of positions would take %.3g GFLOP, "
              + "of formed gradients %.3g", cost.products / 1e9, cost.formed / 1e9))
      }
      let pass = inputs.pass(maximumDocuments: score.batchSize, formsRows: chosen == .formed)
      switch chosen {
      case .formed: return try pass.run(context, stage: "scores", sinks: [sink])
      case .products: return try pass.runProducts(context, stage: "scores", to: sink)
      }
    }
    written.files = supply.files
    return written
  }

  /// Writes `scores.bin` of the rows that `feed` sends through the sink. Documents under two tokens have no gradient:
  /// score 0, not written.
  ///
  /// - Throws: `RecipeMismatch` where queries, preconditioner and this run's gradients do not belong together.
  func write(to directory: URL, feed: (ScoreSink) throws -> BatchPass.Summary) throws -> Written {
    let blocks = inputs.recipe.blocks
    let both = try RowTransform(preprocess, blocks: blocks, processor: inputs.processor)
    let prepared = try QueryGradients(
      gradients, blocks: blocks, transform: both, preprocess: preprocess, prepared: queries.preprocess,
      blockSize: score.queryBatchSize)
    precondition(prepared.count == queryCount)
    let documentSide = RowTransform(
      preconditioner: preprocess.unitNormalize ? both.preconditioner : nil, unitNormalize: preprocess.unitNormalize)
    let tokenOffsets = inputs.tokenOffsets
    let writer = try ScoreFileWriter(
      in: directory, rowCount: tokenOffsets?.last ?? inputs.tokens.count,
      queryCount: score.score == .nearest ? 1 : queryCount, storage: storage, tokenOffsets: tokenOffsets)
    let summary = try feed(
      ScoreSink(queries: prepared, transform: documentSide, kind: score.score, writer: writer))
    try writer.close()
    return Written(summary: summary, zeroQueries: prepared.zeroRows)
  }

  /// The score file as a product of the run.
  ///
  /// - Parameter prefix: of the file's path below the run directory.
  func product(below prefix: String = "") throws -> RunOutcome.Artifact {
    RunOutcome.Artifact(kind: "scores", path: prefix + "scores.bin", key: try key())
  }

  /// Files beside the scores that belong to them.
  var companions: [String] { ["info.json"] + (inputs.tokenOffsets == nil ? [] : [TokenOffsets.fileName]) }

  /// Adds what the queries are, and what a finished score file tells of them.
  func summarize(_ directory: URL, _ outcome: inout RunOutcome, _ context: RunContext) throws {
    try AttributionSummarizer(
      scores: ScoreFile(opening: directory), documents: inputs, queries: queries, gradients: gradients, score: score,
      supporting: supporting
    ).add(to: &outcome, context)
  }

  /// Adds what making the scores has found out of the queries.
  func add(_ written: Written?, to outcome: inout RunOutcome) {
    outcome.metrics.append(RunOutcome.Metric("queries", Double(queryCount), "queries"))
    if let zero = written?.zeroQueries, !zero.isEmpty {
      outcome.warnings.append("\(zero.count) queries have a gradient of exactly zero and score 0")
    }
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
    // What has been done to them is not done again.
    let done = queries.preprocess
    ingredients["queries_prepared"] =
      "\(done.preconditionerPath != nil) \(done.unitNormalize) \(done.aggregation) \(done.normalizeAggregatedGradient)"
    ingredients["score"] = score.score.rawValue
    ingredients["score_precision"] = score.precision.rawValue
    return ArtifactKey(kind: "scores", ingredients)
  }
}
