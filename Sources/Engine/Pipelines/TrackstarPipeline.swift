import Foundation

/// `trackstar`: preconditioners of values and queries, their mixture, the queries' index and the scores, under one run
/// path (Chang et al. 2024, https://arxiv.org/abs/2410.17413).
///
/// Each data set goes forwards and backwards once: its rows are written, read back for the autocorrelation and again for
/// the scores, and removed at the end.
package struct TrackstarPipeline: Sendable {
  package let configuration: IndexConfig
  package let trackstar: TrackstarConfig
  package let companions: StepCompanions
  /// What goes into the run directory itself.
  package let whole: Companions
  /// What is done to rows, but for the preconditioner.
  private let preprocess: PreprocessConfig

  package init(
    _ configuration: IndexConfig, _ trackstar: TrackstarConfig, companions: @escaping StepCompanions = { _, _ in [:] },
    whole: @escaping Companions = { _ in [:] }
  ) {
    self.configuration = configuration
    self.trackstar = trackstar
    self.companions = companions
    self.whole = whole
    var preprocess = trackstar.preprocess
    preprocess.aggregation = trackstar.query.aggregation
    self.preprocess = preprocess
  }

  private enum Step {
    static let valueGradients = "value_gradients"
    static let valueHessian = "value_hessian"
    static let queryGradients = "query_gradients"
    static let queryHessian = "query_hessian"
    static let mixedHessian = "mixed_hessian"
    static let query = "query"
    static let scores = "scores"
  }

  /// - Throws: whatever is wrong with model, data or settings; `RunDirectoryError` and `StagedRunError` for the run path;
  ///   `CancellationError`. Finished steps stay for `resume`.
  /// - Precondition: the configuration projects: without a sketch an autocorrelation has the square of a module's size.
  package func run(_ context: RunContext) throws -> RunOutcome {
    precondition(configuration.projectionDim > 0)
    return try StagedRun.filling(
      configuration.runPath, overwrite: configuration.overwrite, resume: trackstar.resume, context
    ) { run in
      let values = try CollectionInputs(configuration, context)
      let queries = try values.reading(trackstar.query.data, context)
      try run.begin(key(values, queries))
      return try perform(run, values, queries, context)
    }
  }

  private func perform(
    _ run: StagedRun, _ values: CollectionInputs, _ queries: CollectionInputs, _ context: RunContext
  ) throws -> RunOutcome {
    var clock = StageClock()
    let limit = trackstar.limitsStatistics ? configuration.statsSampleSize : nil
    let aggregates = trackstar.query.aggregation != .none
    let valueRows = StoredGradients(inputs: values, folder: run.folder(Step.valueGradients))
    let queryRows = StoredGradients(
      inputs: queries, folder: run.folder(aggregates ? Step.queryGradients : Step.query))
    var passTime: Double?
    try run.step(Step.valueGradients) { directory in
      try StoredGradients.write(values, to: directory.url, stage: "value gradients", context)
      passTime = clock.lap()
    }
    try run.step(Step.valueHessian) { directory in
      try valueRows.writeAutocorrelation(to: directory.url, limit: limit, context)
      try directory.write(companions(.preconditioners(step(Step.valueHessian)), values.commits))
    }
    try run.step(queryRows.folder.lastPathComponent) { directory in
      try StoredGradients.write(queries, to: directory.url, stage: "query gradients", context)
      if !aggregates { try directory.write(companions(buildStep, queries.commits)) }
    }
    var mixture: HessianMixture?
    if trackstar.mixHessians {
      try run.step(Step.queryHessian) { directory in
        try queryRows.writeAutocorrelation(to: directory.url, limit: limit, context)
        var own = step(Step.queryHessian)
        own.data = trackstar.query.data
        try directory.write(companions(.preconditioners(own), queries.commits))
      }
      mixture = try mix(run, values, queries)
    }
    var preconditioned = preprocess
    preconditioned.preconditionerPath = run.folder(mixture == nil ? Step.valueHessian : Step.mixedHessian).path
    if aggregates {
      try run.step(Step.query) { directory in
        let transform = try RowTransform(preconditioned, blocks: queries.recipe.blocks, processor: queries.processor)
        try queryRows.writeAggregate(to: directory.url, preconditioned, transform: transform, context)
        try directory.write(companions(buildStep, queries.commits))
      }
    }
    var outcome = RunOutcome()
    outcome.model = values.modelFacts
    outcome.datasets = [values.datasetFacts(role: .data), queries.datasetFacts(role: .query)]
    outcome.artifacts = artifacts(values, queries, limit: limit)
    if let mixture {
      outcome.metrics.append(RunOutcome.Metric("mixingCoefficient", mixture.coefficient, "share"))
    }
    try score(valueRows, against: run, preconditioned, passTime: passTime, &outcome, context)
    for rows in [Step.valueGradients, Step.queryGradients] { try run.remove(rows) }
    outcome.artifacts += try values.writeNormalizers(to: run.directory.url)
    try values.processor.write(to: run.folder(ProcessorConfig.fileName))
    try run.directory.write(whole(values.commits))
    return outcome
  }

  private func mix(_ run: StagedRun, _ values: CollectionInputs, _ queries: CollectionInputs) throws -> HessianMixture {
    let paths = [Step.queryHessian, Step.valueHessian].map { run.folder($0) }
    let mixture = try HessianMixture(
      query: AutocorrelationHessian(directory: paths[0]), value: AutocorrelationHessian(directory: paths[1]),
      target: trackstar.targetDownweightComponents, source: paths[1].path, workers: values.workers)
    try run.step(Step.mixedHessian) { directory in
      try mixture.hessian.write(to: directory.url)
      try values.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      try directory.write([
        HessianMixture.fileName: """
        index_path: ../\(Step.valueHessian)
        mixing_coefficient: \(mixture.coefficient)
        query_path: ../\(Step.queryHessian)
        target_downweight_components: \(trackstar.targetDownweightComponents)

        """
      ])
    }
    return mixture
  }

  private func score(
    _ rows: StoredGradients, against run: StagedRun, _ preconditioned: PreprocessConfig, passTime: Double?,
    _ outcome: inout RunOutcome, _ context: RunContext
  ) throws {
    var rows = rows
    var score = trackstar.score
    score.queryPath = finalPath(Step.query)
    if !score.modules.isEmpty { rows.inputs = try rows.inputs.restricted(to: score.modules) }
    var done = PreprocessConfig()
    if preprocess.aggregation != .none { done = preconditioned }
    let stage = try ScoreStage(
      inputs: rows.inputs, gradients: GradientIndex(opening: run.folder(Step.query)),
      queries: .init(preprocess: done, data: trackstar.query.data), preprocess: preconditioned, score: score, context)
    var written: ScoreStage.Written?
    try run.step(Step.scores) { directory in
      written = try stage.write(to: directory.url) { sink in try rows.run(context, stage: "scores", sinks: [sink]) }
      try rows.inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      var stored = preprocess
      stored.preconditionerPath = finalPath(trackstar.mixHessians ? Step.mixedHessian : Step.valueHessian)
      try directory.write(companions(.score(score, step(Step.scores), stored), rows.inputs.commits))
    }
    // Nothing comes after the scores but the end of the run: who resumes there reads the rows' health once more.
    let health = try written?.summary ?? rows.run(context, stage: "gradients", sinks: [])
    try outcome.add(health, inputs: rows.inputs, passTime: passTime)
    outcome.artifacts.append(try stage.product(below: Step.scores + "/"))
    stage.add(written, to: &outcome)
    try stage.summarize(run.folder(Step.scores), &outcome, context)
  }

  // MARK: What the steps are

  private func finalPath(_ name: String) -> String {
    URL(fileURLWithPath: configuration.runPath).appendingPathComponent(name).path
  }

  /// The settings of a step that stands alone.
  private func step(_ name: String) -> IndexConfig {
    var own = configuration
    own.runPath = finalPath(name)
    own.overwrite = false
    if !trackstar.limitsStatistics { own.statsSampleSize = nil }
    if configuration.normalizer != .none || !configuration.optimizerState.isEmpty {
      // All steps have those of the run; one alone would fit others to its own data.
      (own.normalizer, own.optimizerState, own.processorPath) = (.none, "", configuration.runPath)
    }
    return own
  }

  private var buildStep: EquivalentStep {
    var own = step(Step.query)
    own.data = trackstar.query.data
    own.maxTokens = nil
    own.skipPreconditioners = true
    var stored = PreprocessConfig()
    if trackstar.query.aggregation != .none {
      stored = preprocess
      stored.preconditionerPath = finalPath(trackstar.mixHessians ? Step.mixedHessian : Step.valueHessian)
    }
    return .build(own, stored)
  }

  /// Everything that the steps' bytes depend on.
  private func key(_ values: CollectionInputs, _ queries: CollectionInputs) throws -> ArtifactKey {
    var ingredients = values.gradientIngredients.merging(try preprocess.ingredients()) { $1 }
    ingredients["query_token_rows"] = queries.documents.digest.hex
    ingredients["inversion"] = preprocess.inversionConfig.inversion.rawValue
    ingredients["damping_factor"] = String(preprocess.inversionConfig.dampingFactor)
    ingredients["target_downweight_components"] = String(trackstar.targetDownweightComponents)
    ingredients["mix_hessians"] = String(trackstar.mixHessians)
    ingredients["stats_sample_size"] =
      trackstar.limitsStatistics ? configuration.statsSampleSize.map(String.init) ?? "none" : "none"
    ingredients["score"] = trackstar.score.score.rawValue
    ingredients["score_precision"] = trackstar.score.precision.rawValue
    ingredients["score_modules"] = trackstar.score.modules.joined(separator: ",")
    return ArtifactKey(kind: "trackstar", ingredients)
  }

  private func artifacts(
    _ values: CollectionInputs, _ queries: CollectionInputs, limit: Int?
  ) -> [RunOutcome.Artifact] {
    func autocorrelation(_ inputs: CollectionInputs, _ step: String) -> [RunOutcome.Artifact] {
      AutocorrelationHessian.artifacts(
        of: inputs, documents: min(inputs.tokens.count, limit ?? .max), below: step + "/")
    }
    var artifacts = autocorrelation(values, Step.valueHessian)
    var preconditioner = artifacts[0].key
    if trackstar.mixHessians {
      let ofQuery = autocorrelation(queries, Step.queryHessian)
      preconditioner = ArtifactKey(
        kind: "mixed_autocorrelation",
        [
          "query": ofQuery[0].key.digest.hex, "value": preconditioner.digest.hex,
          "target_downweight_components": String(trackstar.targetDownweightComponents),
        ])
      artifacts += ofQuery
      artifacts += ofQuery.map {
        let file = URL(fileURLWithPath: $0.path).lastPathComponent
        return RunOutcome.Artifact(kind: $0.kind, path: Step.mixedHessian + "/" + file, key: preconditioner)
      }
    }
    var ingredients = queries.gradientIngredients
    if preprocess.aggregation != .none {
      ingredients["aggregation"] = preprocess.aggregation.rawValue
      ingredients["normalize_aggregated_grad"] = String(preprocess.normalizeAggregatedGradient)
      ingredients["unit_normalize"] = String(preprocess.unitNormalize)
      ingredients["preconditioner"] = preconditioner.digest.hex
      ingredients["inversion"] = preprocess.inversionConfig.inversion.rawValue
      ingredients["damping_factor"] = String(preprocess.inversionConfig.dampingFactor)
    }
    artifacts.append(
      RunOutcome.Artifact(
        kind: preprocess.aggregation == .none ? "index" : "aggregate", path: Step.query + "/gradients.bin",
        key: ArtifactKey(kind: "index", ingredients)))
    return artifacts
  }
}
