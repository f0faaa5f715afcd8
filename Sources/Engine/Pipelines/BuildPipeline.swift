import Foundation

/// `build`, `reduce` and `preconditioners`: one pass over a data set that stores gradient rows, or their aggregate, and
/// fits the autocorrelation preconditioner.
package struct BuildPipeline: Sendable {
  package let configuration: IndexConfig
  package let preprocess: PreprocessConfig
  package let companions: Companions

  package init(
    _ configuration: IndexConfig, _ preprocess: PreprocessConfig, companions: @escaping Companions = { _ in [:] }
  ) {
    self.configuration = configuration
    self.preprocess = preprocess
    self.companions = companions
  }

  /// - Throws: whatever is wrong with model, data or settings; `RunDirectoryError` for the run path; `CancellationError`.
  ///   After an error nothing is left under the run path.
  package func run(_ context: RunContext) throws -> RunOutcome {
    try RunDirectory.filling(configuration.runPath, overwrite: configuration.overwrite) { directory in
      let limit = configuration.skipIndex ? configuration.statsSampleSize : nil
      let storesRows = !configuration.skipIndex && preprocess.aggregation == .none
      let inputs = try CollectionInputs(
        configuration, context, limit: limit, keepsColumns: storesRows && !configuration.dropColumns)
      return try run(inputs, in: directory, context)
    }
  }

  private func run(_ inputs: CollectionInputs, in directory: RunDirectory, _ context: RunContext) throws -> RunOutcome {
    let companions = try self.companions(inputs.commits)
    if var outcome = try context.reuse(
      products(of: inputs), in: directory, without: Set(companions.keys).union([ProcessorConfig.fileName]))
    {
      outcome.model = inputs.modelFacts
      outcome.datasets = [inputs.datasetFacts(role: .data)]
      outcome.used += try preprocess.preconditionerFiles()
      try inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
      try directory.write(companions)
      return outcome
    }
    var clock = StageClock()
    let recipe = inputs.recipe
    let documents = inputs.tokens.count
    let tokenOffsets = inputs.tokenOffsets
    var sinks: [any GradientSink] = []
    var outcome = RunOutcome()
    outcome.model = inputs.modelFacts
    outcome.datasets = [inputs.datasetFacts(role: .data)]
    outcome.used = try preprocess.preconditionerFiles()

    // `preconditioners` fits a new one on its data; others take what an earlier run has fitted.
    let taken =
      configuration.skipPreconditioners || configuration.skipIndex ? nil : try inputs.processorHessian()
    var accumulator: AutocorrelationAccumulator?
    if !configuration.skipPreconditioners, taken == nil {
      let sample = 0..<min(documents, configuration.statsSampleSize ?? documents)
      let new = try AutocorrelationAccumulator(blocks: recipe.blocks, documents: sample, tokenOffsets: tokenOffsets)
      accumulator = new
      sinks.append(new)
    }
    let modules = recipe.blocks.map { GradientModule(name: $0.name, size: $0.size) }
    var writer: GradientIndexWriter?
    var aggregate: AggregationSink?
    if !configuration.skipIndex {
      let transform = try RowTransform(preprocess, blocks: recipe.blocks, processor: inputs.processor)
      let aggregates = preprocess.aggregation != .none
      let index = try GradientIndexWriter(
        in: directory.url, modules: modules, rowCount: aggregates ? 1 : tokenOffsets?.last ?? documents,
        storage: inputs.storage, tokenOffsets: tokenOffsets)
      writer = index
      if aggregates {
        let sum = AggregationSink(width: recipe.rowWidth, transform: transform)
        aggregate = sum
        sinks.append(sum)
      } else {
        sinks.append(IndexSink(writer: index, transform: transform))
      }
    }

    let summary = try inputs.pass().run(context, stage: "gradients", sinks: sinks)
    let passTime = clock.lap()
    if let writer {
      if let aggregate {
        let row = aggregate.finish(preprocess.aggregation, normalize: preprocess.normalizeAggregatedGradient)
        try writer.write(row.base, count: 1, at: 0)
      } else {
        try DatasetColumns.write(inputs, losses: summary.losses, to: directory.url)
      }
      try writer.close()
      outcome.artifacts.append(try index(of: inputs))
    }
    if let accumulator {
      context.tell("decomposing \(recipe.blocks.count) Hessian blocks")
      let hessian = try accumulator.finish(workers: inputs.workers)
      try hessian.write(to: directory.url)
      outcome.artifacts += preconditioner(of: inputs)
    }
    if let taken {
      try taken.hessian.write(to: directory.url)
      outcome.artifacts += taken.artifacts
    }
    outcome.artifacts += try inputs.writeNormalizers(to: directory.url)
    try inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
    try directory.write(companions)
    try outcome.add(summary, inputs: inputs, passTime: passTime)
    return outcome
  }

  private func index(of inputs: CollectionInputs) throws -> RunOutcome.Artifact {
    RunOutcome.Artifact(
      kind: preprocess.aggregation == .none ? "index" : "aggregate", path: "gradients.bin",
      key: ArtifactKey(kind: "index", inputs.gradientIngredients.merging(try preprocess.ingredients()) { $1 }))
  }

  /// What the run is about to make, by what determines it; empty where nobody could have made the same, since the stored
  /// data set has columns that no key knows.
  private func products(of inputs: CollectionInputs) throws -> [RunOutcome.Artifact] {
    var products: [RunOutcome.Artifact] = []
    if !configuration.skipIndex {
      guard configuration.dropColumns || preprocess.aggregation != .none else { return [] }
      products.append(try index(of: inputs))
    }
    if !configuration.skipPreconditioners, configuration.processorPath.isEmpty || configuration.skipIndex {
      products += preconditioner(of: inputs)
    }
    return products
  }

  private func preconditioner(of inputs: CollectionInputs) -> [RunOutcome.Artifact] {
    AutocorrelationHessian.artifacts(
      of: inputs, documents: min(inputs.tokens.count, configuration.statsSampleSize ?? .max))
  }
}

extension PreprocessConfig {
  /// The files of the preconditioner that is applied; none without one.
  ///
  /// - Throws: what reading it throws, where one of them is not there.
  func preconditionerFiles() throws -> [URL] {
    guard let preconditionerPath else { return [] }
    let stored = try StoredHessian(directory: URL(fileURLWithPath: preconditionerPath))
    let files = stored.files(corrected: eigenvalueCorrection)
    if !files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) {
      // Whoever reads it knows best what is wrong with it.
      switch stored {
      case .autocorrelation(let directory): _ = try AutocorrelationHessian(directory: directory)
      case .kronecker(let factors): _ = try KroneckerStores(factors, corrected: eigenvalueCorrection)
      }
    }
    return files
  }

  /// What of a row's bytes these settings determine.
  func ingredients() throws -> [String: String] {
    var ingredients = ["unit_normalize": String(unitNormalize), "aggregation": aggregation.rawValue]
    if aggregation != .none { ingredients["normalize_aggregated_grad"] = String(normalizeAggregatedGradient) }
    let files = try preconditionerFiles()
    if !files.isEmpty {
      // By content: a preconditioner is what its matrices are, wherever they lie.
      ingredients["preconditioner"] = try files.map { try Digest.sha256(of: $0).hex }.joined(separator: ",")
      ingredients["inversion"] = inversionConfig.inversion.rawValue
      ingredients["damping_factor"] = String(inversionConfig.dampingFactor)
    }
    return ingredients
  }
}
