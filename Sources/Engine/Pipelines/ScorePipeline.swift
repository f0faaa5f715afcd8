import Foundation

/// `score`: one score per document and query; the documents' gradients are made, multiplied and forgotten.
package struct ScorePipeline: Sendable {
  package let score: ScoreConfig
  package let index: IndexConfig
  package let preprocess: PreprocessConfig
  package let queries: QueryRun
  package let companions: Companions

  /// The run that the queries' gradients come from, as its own configuration tells it.
  package struct QueryRun: Sendable {
    /// What was done to its rows when they were stored.
    package var preprocess: PreprocessConfig
    /// The documents that its rows are gradients of.
    package var data: DataConfig
    package var maxTokens: Int?

    package init(preprocess: PreprocessConfig, data: DataConfig, maxTokens: Int? = nil) {
      self.preprocess = preprocess
      self.data = data
      self.maxTokens = maxTokens
    }
  }

  package init(
    _ score: ScoreConfig, _ index: IndexConfig, _ preprocess: PreprocessConfig, queries: QueryRun,
    companions: @escaping Companions = { _ in [:] }
  ) {
    self.score = score
    self.index = index
    self.preprocess = preprocess
    self.queries = queries
    self.companions = companions
  }

  /// - Throws: `RecipeMismatch` where queries, preconditioner and this run's gradients do not belong together, and what
  ///   `BuildPipeline.run` throws.
  package func run(_ context: RunContext) throws -> RunOutcome {
    try RunDirectory.filling(index.runPath, overwrite: index.overwrite) { directory in
      let gradients = try GradientIndex(opening: URL(fileURLWithPath: score.queryPath))
      var inputs = try CollectionInputs(index, context)
      try RecipeMismatch.check(inputs.processor, against: score.queryPath, role: "query index")
      let rows = try Candidates.rows(score.candidates, documentCount: inputs.tokens.count)
      if let rows { inputs = try inputs.selecting(rows) }
      inputs = try narrowed(inputs, to: gradients)
      return try run(inputs, gradients, candidates: rows, in: directory, context)
    }
  }

  /// Only the modules that take part in the product: those asked for, or all that the queries have.
  private func narrowed(_ inputs: CollectionInputs, to gradients: GradientIndex) throws -> CollectionInputs {
    let available = inputs.recipe.blocks.map(\.name)
    let asked = score.modules.isEmpty ? index.modules : score.modules
    let wanted = asked.isEmpty ? gradients.modules.map(\.name) : asked
    if wanted == available { return inputs }
    return try inputs.restricted(to: wanted)
  }

  private func run(
    _ inputs: CollectionInputs, _ gradients: GradientIndex, candidates: [Int]?, in directory: RunDirectory,
    _ context: RunContext
  ) throws -> RunOutcome {
    var clock = StageClock()
    let blocks = inputs.recipe.blocks
    let both = try RowTransform(preprocess, blocks: blocks, processor: inputs.processor)
    let prepared = try QueryGradients(
      gradients, blocks: blocks, transform: both, preprocess: preprocess, prepared: queries.preprocess,
      blockSize: score.queryBatchSize)
    let columns = score.score == .nearest ? 1 : prepared.count
    let supporting =
      try score.supportingColumn.isEmpty
      ? nil
      : SupportingRows(
        queries, gradients, column: score.supportingColumn, columns: columns, documents: inputs,
        context.repositories)
    let writer = try ScoreFileWriter(
      in: directory.url, rowCount: inputs.tokens.count, queryCount: columns, storage: storage(inputs))
    let documentSide = RowTransform(
      preconditioner: preprocess.unitNormalize ? both.preconditioner : nil, unitNormalize: preprocess.unitNormalize)
    let sink = ScoreSink(queries: prepared, transform: documentSide, kind: score.score, writer: writer)
    let pass = inputs.pass(maximumDocuments: score.batchSize)
    let summary = try pass.run(context, stage: "scores", sinks: [sink])
    // Documents under two tokens have no gradient: score 0, not written.
    try writer.close()
    let passTime = clock.lap()
    if let candidates {
      try NumPyArray(shape: [candidates.count], values: candidates.map(Int64.init))
        .write(to: directory.url.appendingPathComponent(Candidates.fileName))
    }
    try inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
    try directory.write(companions(inputs.commits))

    var outcome = RunOutcome()
    outcome.model = inputs.modelFacts
    outcome.datasets = [inputs.datasetFacts(role: .data)]
    outcome.used = try [gradients.dataURL] + preprocess.preconditionerFiles() + [candidatesFile].compactMap(\.self)
    outcome.artifacts = [RunOutcome.Artifact(kind: "scores", path: "scores.bin", key: try key(inputs, gradients))]
    try outcome.add(summary, inputs: inputs, passTime: passTime)
    outcome.metrics.append(RunOutcome.Metric("queries", Double(prepared.count), "queries"))
    if !prepared.zeroRows.isEmpty {
      outcome.warnings.append("\(prepared.zeroRows.count) queries have a gradient of exactly zero and score 0")
    }
    let scores = try ScoreFile(opening: directory.url)
    try AttributionSummarizer(
      scores: scores, documents: inputs, queries: queries, gradients: gradients, score: score,
      supporting: supporting
    ).add(to: &outcome, context)
    outcome.metrics.append(RunOutcome.Metric("summaryTime", clock.lap(), "s"))
    return outcome
  }

  /// The earlier scores that candidates are taken from, if they are.
  private var candidatesFile: URL? {
    guard !score.candidates.scores.isEmpty else { return nil }
    return URL(fileURLWithPath: score.candidates.scores).appendingPathComponent("scores.bin")
  }

  private func storage(_ inputs: CollectionInputs) -> StorageType {
    switch score.precision {
    case .fp32: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    case .auto: inputs.storage
    }
  }

  private func key(_ inputs: CollectionInputs, _ gradients: GradientIndex) throws -> ArtifactKey {
    var ingredients = inputs.gradientIngredients.merging(try preprocess.ingredients()) { $1 }
    ingredients["queries"] = try Digest.sha256(of: gradients.dataURL).hex
    ingredients["score"] = score.score.rawValue
    ingredients["score_precision"] = score.precision.rawValue
    return ArtifactKey(kind: "scores", ingredients)
  }
}
