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
    var outcome = RunOutcome()
    outcome.model = values.modelFacts
    outcome.datasets = [values.datasetFacts(role: .data), queries.datasetFacts(role: .query)]
    let limit = trackstar.limitsStatistics ? configuration.statsSampleSize : nil
    let aggregates = trackstar.query.aggregation != .none
    let valueRows = StoredGradients(inputs: values, folder: run.folder(Step.valueGradients))
    let queryRows = StoredGradients(
      inputs: queries, folder: run.folder(aggregates ? Step.queryGradients : Step.query))
    // Rows are made when the first step needs them.
    var rows = RunOutcome()
    var passTime: Double?
    func makeValueRows() throws {
      passTime = try passTime ?? makeRows(valueRows, in: run, stage: "value gradients", &rows, context)
    }
    func makeQueryRows() throws {
      _ = try makeRows(queryRows, in: run, stage: "query gradients", &rows, context)
    }
    let valueKey = try fit(
      valueRows, as: Step.valueHessian, in: run, limit: limit, from: makeValueRows, &outcome, context)
    if !aggregates { try makeQueryRows() }
    var mixed = false
    if trackstar.mixHessians {
      let queryKey = try fit(
        queryRows, as: Step.queryHessian, in: run, limit: limit, from: makeQueryRows, &outcome, context)
      try mix(run, values, keys: (query: queryKey, value: valueKey), &outcome)
      mixed = true
    }
    var preconditioned = preprocess
    preconditioned.preconditionerPath = run.folder(mixed ? Step.mixedHessian : Step.valueHessian).path
    if aggregates {
      let products = try queries.indexArtifacts(preconditioned, storage: .float32, below: Step.query + "/")
      try run.step(
        Step.query, products: products, companions: queries.indexCompanions(hasDataset: false), sources: makeQueryRows,
        &outcome
      ) { folder in
        let transform = try RowTransform(preconditioned, blocks: queries.recipe.blocks, processor: queries.processor)
        try queryRows.writeAggregate(to: folder, preconditioned, transform: transform, context)
        try queryRows.table().write(to: folder)
      } finish: { directory in
        try queries.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
        try directory.write(companions(buildStep, queries.commits))
      }
    }
    try score(valueRows, against: run, preconditioned, from: makeValueRows, &outcome, context) { passTime }
    for name in [Step.valueGradients, Step.queryGradients] { try run.remove(name) }
    outcome.artifacts += rows.artifacts
    outcome.used += rows.used
    outcome.artifacts += try values.writeNormalizers(to: run.directory.url)
    outcome.use([values.earlierNormalizers].compactMap(\.self), in: run.directory)
    try values.processor.write(to: run.folder(ProcessorConfig.fileName))
    try run.directory.write(whole(values.commits))
    return outcome
  }

  /// Makes the rows of a data set, or takes those of an index.
  ///
  /// - Returns: the seconds that it took; nil where nothing was made.
  private func makeRows(
    _ rows: StoredGradients, in run: StagedRun, stage: String, _ outcome: inout RunOutcome, _ context: RunContext
  ) throws -> Double? {
    let name = rows.folder.lastPathComponent
    let isKept = name == Step.query
    if !isKept, run.isDone(name) { return nil }
    var taken = RunOutcome()
    var time: Double?
    var files: [URL] = []
    try run.step(
      name, products: rows.inputs.indexArtifacts(PreprocessConfig(), storage: .float32, below: name + "/"),
      companions: rows.inputs.indexCompanions(hasDataset: isKept), &taken
    ) { folder in
      var clock = StageClock()
      files = try StoredGradients.write(rows.inputs, to: folder, keepsDataset: isKept, stage: stage, context)
      time = clock.lap()
    } finish: { directory in
      try rows.inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      if isKept { try directory.write(companions(buildStep, rows.inputs.commits)) }
    }
    outcome.used += taken.used
    outcome.use(files, in: run.directory)
    if isKept { outcome.artifacts += taken.artifacts }
    return time
  }

  /// The preconditioner of a data set; returns what it is made of.
  private func fit(
    _ rows: StoredGradients, as name: String, in run: StagedRun, limit: Int?, from sources: () throws -> Void,
    _ outcome: inout RunOutcome, _ context: RunContext
  ) throws -> ArtifactKey {
    let inputs = rows.inputs
    let products = AutocorrelationHessian.artifacts(
      of: inputs, documents: min(inputs.tokens.count, limit ?? .max), below: name + "/")
    try run.step(
      name, products: products, companions: [RowTable.fileName], sources: sources, &outcome
    ) { folder in
      try rows.writeAutocorrelation(to: folder, limit: limit, context)
      try rows.table().write(to: folder)
    } finish: { directory in
      try inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      var own = step(name)
      own.data = inputs.configuration.data
      try directory.write(companions(.preconditioners(own), inputs.commits))
    }
    outcome.artifacts.append(inputs.tableArtifact(of: products[0].key, below: name + "/"))
    return products[0].key
  }

  private func mix(
    _ run: StagedRun, _ values: CollectionInputs, keys: (query: ArtifactKey, value: ArtifactKey),
    _ outcome: inout RunOutcome
  ) throws {
    let paths = [Step.queryHessian, Step.valueHessian].map { run.folder($0) }
    let mixture = try HessianMixture(
      query: AutocorrelationHessian(directory: paths[0]), value: AutocorrelationHessian(directory: paths[1]),
      target: trackstar.targetDownweightComponents, source: paths[1].path)
    let key = ArtifactKey(
      kind: "mixed_autocorrelation",
      [
        "query": keys.query.digest.hex, "value": keys.value.digest.hex,
        "target_downweight_components": String(trackstar.targetDownweightComponents),
      ])
    let products = AutocorrelationHessian.artifacts(of: key, below: Step.mixedHessian + "/")
    try run.step(Step.mixedHessian, products: products, &outcome) { folder in
      try mixture.hessian(workers: values.workers).write(to: folder)
    } finish: { directory in
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
    outcome.metrics.append(RunOutcome.Metric("mixingCoefficient", mixture.coefficient, "share"))
  }

  private func score(
    _ rows: StoredGradients, against run: StagedRun, _ preconditioned: PreprocessConfig,
    from sources: () throws -> Void, _ outcome: inout RunOutcome, _ context: RunContext, passTime: () -> Double?
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
    let origin = try run.step(
      Step.scores, products: [stage.product(below: Step.scores + "/")], companions: stage.companions, sources: sources,
      &outcome
    ) { folder in
      written = try stage.write(to: folder) { sink in try rows.run(context, stage: "scores", sinks: [sink]) }
    } finish: { directory in
      try rows.inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      var stored = preprocess
      stored.preconditionerPath = finalPath(trackstar.mixHessians ? Step.mixedHessian : Step.valueHessian)
      try directory.write(companions(.score(score, step(Step.scores), stored), rows.inputs.commits))
    }
    if case .reused(let earlier) = origin {
      outcome.take(from: earlier)
    } else {
      let table = try RowTable(of: run.folder(Step.valueHessian))
      let known = BatchPass.Summary(table, lengths: rows.inputs.tokens.lengths)
      try outcome.add(written?.summary ?? known, inputs: rows.inputs, passTime: passTime())
    }
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
}
