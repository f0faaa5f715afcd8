import Foundation

/// `ekfac`: the queries' whole gradients, a Kronecker-factored Hessian of the data, its inverse applied to the queries,
/// and scores of the data against what comes out, under one run path (Grosse et al. 2023,
/// https://arxiv.org/abs/2308.03296).
///
/// With a projection, the transformed queries are sketched and scored against sketched gradients: the Hessian is of the
/// whole ones all the same.
package struct EkfacPipeline: Sendable {
  package let configuration: IndexConfig
  package let hessian: HessianConfig
  package let score: ScoreConfig
  package let pipeline: HessianPipelineConfig
  package let companions: StepCompanions
  /// What goes into the run directory itself.
  package let whole: Companions

  package init(
    _ configuration: IndexConfig, _ hessian: HessianConfig, _ score: ScoreConfig, _ pipeline: HessianPipelineConfig,
    companions: @escaping StepCompanions = { _, _ in [:] },
    whole: @escaping Companions = { _ in [:] }
  ) {
    self.configuration = configuration
    self.hessian = hessian
    self.score = score
    self.pipeline = pipeline
    self.companions = companions
    self.whole = whole
  }

  private enum Step {
    static let query = "query"
    static let hessian = "hessian"
    static let scores = "scores"
  }

  /// - Throws: whatever is wrong with model, data or settings; `RunDirectoryError` and `StagedRunError` for the run path;
  ///   `CancellationError`. Finished steps stay for `resume`.
  /// - Precondition: the method is a factored one.
  package func run(_ context: RunContext) throws -> RunOutcome {
    guard let method = hessian.method.kronecker else { preconditionFailure("\(hessian.method) has no factors") }
    return try StagedRun.filling(
      configuration.runPath, overwrite: configuration.overwrite, resume: pipeline.resume, context
    ) { run in
      var values = try CollectionInputs(configuration, context)
      guard values.normalizers == nil else { throw HessianError.normalizedFit }
      var whole = try values.projecting(to: 0)
      if !score.modules.isEmpty {
        values = try values.restricted(to: score.modules)
        whole = try whole.restricted(to: score.modules)
      }
      let queries = try whole.reading(pipeline.query.data, context)
      let count = min(values.tokens.count, configuration.statsSampleSize ?? .max)
      let fit = FactoredFit(
        inputs: count < values.tokens.count ? try whole.selecting(Array(0..<count)) : whole, hessian: hessian,
        method: method)
      try run.begin(key(values, queries, fit))
      var outcome = RunOutcome()
      outcome.model = values.modelFacts
      outcome.datasets = [values.datasetFacts(role: .data), queries.datasetFacts(role: .query)]
      let query = try collect(queries, in: run, &outcome, context)
      try self.fit(fit, in: run, &outcome, context)
      try transform(made: (query, fit), whole, to: values, in: run, &outcome, context)
      try score(values, against: run, &outcome, context)
      try values.processor.write(to: run.folder(ProcessorConfig.fileName))
      try run.directory.write(self.whole(values.commits))
      return outcome
    }
  }

  /// Metrics that a pass over the data has in the Hessian's step and again in that of the scores, which are the run's.
  private static let ofTheScores: Set = [
    "documents", "tokens", "gradientTime", "tokensPerSecond", "attributedShare", "skippedRows", "zeroRows",
    "nonFiniteRows", "workers",
  ]

  /// Floats of the queries that are transformed at once: 64 MiB.
  private static let blockFloats = 16 << 20

  /// The folder of the transformed queries.
  private var transformed: String { hessian.method.rawValue + "_query" }

  // MARK: Steps

  /// The queries' whole gradients; returns what they are made of.
  private func collect(
    _ queries: CollectionInputs, in run: StagedRun, _ outcome: inout RunOutcome, _ context: RunContext
  ) throws -> ArtifactKey {
    let products = try queries.indexArtifacts(stored, storage: .float32, below: Step.query + "/")
    let aggregates = stored.aggregation != .none
    var files: [URL] = []
    try run.step(
      Step.query, products: products, companions: queries.indexCompanions(hasDataset: !aggregates), &outcome
    ) { folder in
      guard aggregates else {
        files = try StoredGradients.write(queries, to: folder, keepsDataset: true, stage: "query gradients", context)
        return
      }
      let sum = AggregationSink(
        width: queries.recipe.rowWidth, transform: RowTransform(preconditioner: nil, unitNormalize: false))
      let supply = try RowSupply(queries, context)
      let summary = try supply.run(context, stage: "query gradients", sinks: [sum])
      files = supply.files
      try StoredGradients.write(
        sum.finish(stored.aggregation, normalize: stored.normalizeAggregatedGradient), of: queries, to: folder)
      try supply.table(summary).write(to: folder)
    } finish: { directory in
      try queries.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      try directory.write(companions(.build(queryStep(Step.query), stored), queries.commits))
    }
    outcome.use(files, in: run.directory)
    return products[0].key
  }

  private func fit(
    _ fit: FactoredFit, in run: StagedRun, _ outcome: inout RunOutcome, _ context: RunContext
  ) throws {
    let method = hessian.method.rawValue
    var fitted = RunOutcome()
    let origin = try run.step(
      Step.hessian, products: fit.artifacts.map { $0.moved(below: "\(Step.hessian)/\(method)/") }, &outcome
    ) { folder in
      let stores = folder.appendingPathComponent(method)
      try FileManager.default.createDirectory(at: stores, withIntermediateDirectories: true)
      fitted = try fit.run(into: stores, context)
    } finish: { directory in
      for place in [directory.url, directory.url.appendingPathComponent(method)] {
        try fit.inputs.processor.write(to: place.appendingPathComponent(ProcessorConfig.fileName))
      }
      var own = step(Step.hessian)
      own.projectionDim = 0
      own.attributeTokens = false
      try directory.write(companions(.hessian(own, hessian), fit.inputs.commits))
    }
    if case .made = origin {
      outcome.metrics += fitted.metrics.filter { !Self.ofTheScores.contains($0.name) }
    } else {
      outcome.metrics.append(fit.positionsMetric)
    }
  }

  /// The queries' rows times the inverse Hessian, sketched as the documents' rows are.
  private func transform(
    made: (query: ArtifactKey, fit: FactoredFit), _ inputs: CollectionInputs, to target: CollectionInputs,
    in run: StagedRun, _ outcome: inout RunOutcome, _ context: RunContext
  ) throws {
    var ingredients = target.gradientIngredients.filter {
      $0.key.hasPrefix("projection_") || $0.key == "reshape_to_square"
    }
    ingredients["query"] = made.query.digest.hex
    ingredients["hessian"] = made.fit.key.digest.hex
    ingredients["inversion"] = pipeline.inversionConfig.inversion.rawValue
    ingredients["damping_factor"] = String(pipeline.inversionConfig.dampingFactor)
    let product = RunOutcome.Artifact(
      kind: "index", path: transformed + "/gradients.bin", key: ArtifactKey(kind: "transformed_query", ingredients))
    try run.step(transformed, products: [product], companions: ["info.json"], &outcome) { folder in
      try transform(run.folder(Step.query), by: run.folder(Step.hessian), inputs, to: target, in: folder, context)
    } finish: { directory in
      try target.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      var own = queryStep(transformed)
      own.projectionDim = configuration.projectionDim
      try directory.write(companions(.build(own, applied), inputs.commits))
    }
  }

  private func transform(
    _ source: URL, by hessian: URL, _ inputs: CollectionInputs, to target: CollectionInputs, in folder: URL,
    _ context: RunContext
  ) throws {
    let index = try GradientIndex(opening: source)
    let inverse = try Preconditioner(
      directory: hessian.path, blocks: inputs.recipe.blocks, power: .inverse,
      inversion: pipeline.inversionConfig, corrected: self.hessian.eigenvalueCorrection)
    let writer = try GradientIndexWriter(
      in: folder, modules: target.recipe.blocks.map { GradientModule(name: $0.name, size: $0.size) },
      rowCount: index.rowCount, storage: .float32)
    let arena = Arena()
    let block = max(1, Self.blockFloats / max(index.rowWidth, 1))
    for start in stride(from: 0, to: index.rowCount, by: block) {
      if context.isCancelled() { throw CancellationError() }
      let rows = start..<min(start + block, index.rowCount)
      let whole = arena.matrix(rows.count, index.rowWidth)
      index.readRows(rows, into: whole.base)
      inverse.apply(to: whole, arena: arena)
      let sketch = target.recipe.sketch(whole, laidOutAs: inputs.recipe, arena: arena)
      try writer.write(sketch.base, count: rows.count, at: start)
      arena.reset()
    }
    try writer.close()
  }

  private func score(
    _ values: CollectionInputs, against run: StagedRun, _ outcome: inout RunOutcome, _ context: RunContext
  ) throws {
    var clock = StageClock()
    var score = score
    score.queryPath = finalPath(transformed)
    let stage = try ScoreStage(
      inputs: values, gradients: GradientIndex(opening: run.folder(transformed)),
      queries: .init(preprocess: applied, data: pipeline.query.data), preprocess: PreprocessConfig(), score: score,
      context)
    var written: ScoreStage.Written?
    var passTime = 0.0
    let origin = try run.step(
      Step.scores, products: [stage.product(below: Step.scores + "/")], companions: stage.companions, &outcome
    ) { folder in
      written = try stage.write(to: folder, context)
      passTime = clock.lap()
    } finish: { directory in
      try values.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      try directory.write(companions(.score(score, step(Step.scores), PreprocessConfig()), values.commits))
    }
    if case .reused(let earlier) = origin { outcome.take(from: earlier) }
    if let written {
      outcome.use(written.files, in: run.directory)
      try outcome.add(written.summary, inputs: values, passTime: passTime)
    }
    stage.add(written, to: &outcome)
    try stage.summarize(run.folder(Step.scores), &outcome, context)
  }

  // MARK: What the steps are

  /// What is done to the queries when they are stored.
  private var stored: PreprocessConfig {
    var stored = PreprocessConfig()
    stored.aggregation = pipeline.query.aggregation
    return stored
  }

  private func finalPath(_ name: String) -> String {
    URL(fileURLWithPath: configuration.runPath).appendingPathComponent(name).path
  }

  /// The settings of a step that stands alone.
  private func step(_ name: String) -> IndexConfig {
    var own = configuration
    own.runPath = finalPath(name)
    own.overwrite = false
    if !score.modules.isEmpty { own.modules = score.modules }
    return own
  }

  /// The settings of a step that collects the queries' whole gradients.
  private func queryStep(_ name: String) -> IndexConfig {
    var own = step(name)
    own.projectionDim = 0
    own.data = pipeline.query.data
    own.maxTokens = nil
    own.attributeTokens = false
    own.skipPreconditioners = true
    return own
  }

  /// What has been done to the queries when they are scored against.
  private var applied: PreprocessConfig {
    var applied = stored
    applied.preconditionerPath = finalPath(Step.hessian)
    applied.eigenvalueCorrection = hessian.eigenvalueCorrection
    applied.inversionConfig = pipeline.inversionConfig
    return applied
  }

  /// Everything that the steps' bytes depend on.
  private func key(
    _ values: CollectionInputs, _ queries: CollectionInputs, _ fit: FactoredFit
  ) throws -> ArtifactKey {
    var ingredients = values.gradientIngredients.merging(try stored.ingredients()) { $1 }
    ingredients["query_token_rows"] = queries.documents.digest.hex
    ingredients["hessian"] = fit.key.digest.hex
    ingredients["method"] = hessian.method.rawValue
    ingredients["ev_correction"] = String(hessian.eigenvalueCorrection)
    ingredients["inversion"] = pipeline.inversionConfig.inversion.rawValue
    ingredients["damping_factor"] = String(pipeline.inversionConfig.dampingFactor)
    ingredients["score"] = score.score.rawValue
    ingredients["score_precision"] = score.precision.rawValue
    return ArtifactKey(kind: "ekfac", ingredients)
  }
}
