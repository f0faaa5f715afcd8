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
      try RecipeMismatch.check(inputs.model.weightsDigest, against: gradients.dataURL, role: "query index", context)
      for file in try preprocess.preconditionerFiles() {
        try RecipeMismatch.check(inputs.model.weightsDigest, against: file, role: "preconditioner", context)
      }
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
    let selection = ModuleSelection(index)
    let wanted = (asked.isEmpty ? gradients.modules.map(\.name) : asked).filter { !selection.excludes(block: $0) }
    guard !wanted.isEmpty else { throw ModuleSelectionError.nothingLeft(filters: selection.excluded) }
    if wanted == available { return inputs }
    return try inputs.restricted(to: wanted)
  }

  private func run(
    _ inputs: CollectionInputs, _ gradients: GradientIndex, candidates: [Int]?, in directory: RunDirectory,
    _ context: RunContext
  ) throws -> RunOutcome {
    var clock = StageClock()
    let stage = try ScoreStage(
      inputs: inputs, gradients: gradients, queries: queries, preprocess: preprocess, score: score, context)
    let companions = try self.companions(inputs.commits)
    let product = try stage.product()
    if let candidates {
      try NumPyArray(shape: [candidates.count], values: candidates.map(Int64.init))
        .write(to: directory.url.appendingPathComponent(Candidates.fileName))
    }
    if let earlier = try context.take(
      [product], beside: stage.companions, into: directory.url, as: "scores")
    {
      var outcome = RunOutcome()
      outcome.artifacts = [product]
      outcome.take(from: earlier)
      outcome.use(earlier.files([product]), in: directory)
      try inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      try directory.write(companions)
      try addFacts(inputs, gradients, to: &outcome)
      try stage.summarize(directory.url, &outcome, context)
      return outcome
    }
    let written = try stage.write(to: directory.url, context)
    let passTime = clock.lap()
    try inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
    try directory.write(companions)

    var outcome = RunOutcome()
    outcome.artifacts = [product]
    try addFacts(inputs, gradients, to: &outcome)
    outcome.use(written.files, in: directory)
    try outcome.add(written.summary, inputs: inputs, passTime: passTime)
    stage.add(written, to: &outcome)
    try stage.summarize(directory.url, &outcome, context)
    outcome.metrics.append(RunOutcome.Metric("summaryTime", clock.lap(), "s"))
    return outcome
  }

  private func addFacts(
    _ inputs: CollectionInputs, _ gradients: GradientIndex, to outcome: inout RunOutcome
  ) throws {
    outcome.model = inputs.modelFacts
    outcome.datasets = [inputs.datasetFacts(role: .data)]
    outcome.used += try [gradients.dataURL] + preprocess.preconditionerFiles() + [candidatesFile].compactMap(\.self)
  }

  /// The earlier scores that candidates are taken from, if they are.
  private var candidatesFile: URL? {
    guard !score.candidates.scores.isEmpty else { return nil }
    return URL(fileURLWithPath: score.candidates.scores).appendingPathComponent("scores.bin")
  }
}
