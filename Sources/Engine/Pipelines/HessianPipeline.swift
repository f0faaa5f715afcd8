import Foundation

/// `hessian`: Kronecker factors of the loss's curvature, their eigenbases and, if asked for, corrected eigenvalues,
/// under `RUN_PATH/METHOD`; or the autocorrelation of projected gradients.
package struct HessianPipeline: Sendable {
  package let configuration: IndexConfig
  package let hessian: HessianConfig
  /// Files that whoever runs the pipeline wants in the run directory, such as `config.yaml`.
  package let companions: Companions

  package init(
    _ configuration: IndexConfig, _ hessian: HessianConfig, companions: @escaping Companions = { _ in [:] }
  ) {
    self.configuration = configuration
    self.hessian = hessian
    self.companions = companions
  }

  /// - Throws: whatever is wrong with model, data or settings; `RunDirectoryError` for the run path; `CancellationError`.
  ///   After an error nothing is left under the run path.
  package func run(_ context: RunContext) throws -> RunOutcome {
    try RunDirectory.filling(configuration.runPath, overwrite: configuration.overwrite) { directory in
      var configuration = configuration
      if hessian.method.kronecker != nil, configuration.projectionDim > 0 {
        context.tell(
          "Kronecker factors are of whole gradients: --projection_dim \(configuration.projectionDim) is not used")
        configuration.projectionDim = 0
      }
      let inputs = try CollectionInputs(configuration, context, limit: configuration.statsSampleSize)
      if hessian.method.kronecker != nil, inputs.normalizers != nil { throw HessianError.normalizedFit }
      let companions = try self.companions(inputs.commits)
      let fit = hessian.method.kronecker.map { FactoredFit(inputs: inputs, hessian: hessian, method: $0) }
      let products = fit?.artifacts() ?? Self.products(of: inputs)
      let own = Set(companions.keys).union([ProcessorConfig.fileName])
      if var outcome = try context.reuse(products, in: directory, without: own) {
        outcome.model = inputs.modelFacts
        outcome.datasets = [inputs.datasetFacts(role: .data)]
        try inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
        try directory.write(companions)
        return outcome
      }
      let folder = directory.url.appendingPathComponent(hessian.method.rawValue)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      var outcome = try fit?.run(into: folder, context) ?? autocorrelation(inputs, in: folder, context)
      outcome.model = inputs.modelFacts
      outcome.datasets = [inputs.datasetFacts(role: .data)]
      outcome.artifacts += try inputs.writeNormalizers(to: directory.url)
      for place in [directory.url, folder] {
        try inputs.processor.write(to: place.appendingPathComponent(ProcessorConfig.fileName))
      }
      try directory.write(companions)
      return outcome
    }
  }

  private static func products(of inputs: CollectionInputs) -> [RunOutcome.Artifact] {
    AutocorrelationHessian.artifacts(
      of: inputs, documents: inputs.tokens.count, below: HessianMethod.autocorrelation.rawValue + "/")
  }

  private func autocorrelation(
    _ inputs: CollectionInputs, in folder: URL, _ context: RunContext
  ) throws -> RunOutcome {
    var clock = StageClock()
    let blocks = inputs.recipe.blocks
    let accumulator = try AutocorrelationAccumulator(
      blocks: blocks, documents: 0..<inputs.tokens.count, tokenOffsets: inputs.tokenOffsets)
    let summary = try inputs.pass().run(context, stage: "gradients", sinks: [accumulator])
    let passTime = clock.lap()
    context.tell("decomposing \(blocks.count) Hessian blocks")
    let result = try accumulator.finish(workers: inputs.workers)
    try result.write(to: folder)
    var outcome = RunOutcome()
    outcome.artifacts = Self.products(of: inputs)
    try outcome.add(summary, inputs: inputs, passTime: passTime)
    outcome.metrics.append(RunOutcome.Metric("decompositionTime", clock.lap(), "s"))
    return outcome
  }
}

extension AutocorrelationHessian {
  /// The files that `write(to:)` makes, as products of a run.
  static func artifacts(
    of inputs: CollectionInputs, documents: Int, below prefix: String = ""
  ) -> [RunOutcome.Artifact] {
    let key = ArtifactKey(
      kind: "autocorrelation", inputs.gradientIngredients.merging(["documents": "\(documents)"]) { $1 })
    return [matrixFile, eigenFile].map { RunOutcome.Artifact(kind: "preconditioner", path: prefix + $0, key: key) }
  }
}
