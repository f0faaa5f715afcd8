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
      var outcome = RunOutcome()
      outcome.model = inputs.modelFacts
      outcome.datasets = [inputs.datasetFacts(role: .data)]
      let folder = directory.url.appendingPathComponent(hessian.method.rawValue)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      if let method = hessian.method.kronecker {
        try FactoredFit(inputs: inputs, hessian: hessian, method: method)
          .runOrTake(into: folder, as: "Hessian", &outcome, for: directory, context)
      } else {
        try autocorrelation(inputs, in: folder, &outcome, for: directory, context)
      }
      outcome.artifacts = outcome.artifacts.map { $0.moved(below: hessian.method.rawValue + "/") }
      outcome.artifacts += try inputs.writeNormalizers(to: directory.url)
      for place in [directory.url, folder] {
        try inputs.processor.write(to: place.appendingPathComponent(ProcessorConfig.fileName))
      }
      try directory.write(companions)
      return outcome
    }
  }

  /// The preconditioner that `build` fits, in a folder of its own.
  private func autocorrelation(
    _ inputs: CollectionInputs, in folder: URL, _ outcome: inout RunOutcome, for directory: RunDirectory,
    _ context: RunContext
  ) throws {
    let products = AutocorrelationHessian.artifacts(of: inputs, documents: inputs.tokens.count)
    let table = inputs.tableArtifact(of: products[0].key)
    outcome.artifacts = products + [table]
    if let earlier = try context.take(products, beside: [table.path], into: folder, as: "Hessian") {
      outcome.use(earlier.files(products), in: directory)
      let summary = BatchPass.Summary(try RowTable(of: folder), lengths: inputs.tokens.lengths)
      return try outcome.add(summary, inputs: inputs, passTime: nil)
    }
    var clock = StageClock()
    let blocks = inputs.recipe.blocks
    let sums = inputs.tokenOffsets == nil ? try KnownSums(inputs, besideTablesOf: [products[0].key], context) : nil
    let accumulator = try AutocorrelationAccumulator(
      blocks: blocks, documents: 0..<inputs.tokens.count, tokenOffsets: inputs.tokenOffsets, known: sums)
    let supply = try RowSupply(inputs, sums: sums, skipsSummed: true, context)
    var summary = try supply.run(context, stage: "gradients", sinks: [accumulator])
    summary.summedRows = sums?.rows.count ?? 0
    let passTime = clock.lap()
    outcome.use(supply.files + [sums?.file].compactMap(\.self), in: directory)
    context.tell("decomposing \(blocks.count) Hessian blocks")
    try accumulator.finish(workers: inputs.workers).write(to: folder)
    try supply.table(summary).write(to: folder)
    try outcome.add(summary, inputs: inputs, passTime: passTime)
    outcome.metrics.append(RunOutcome.Metric("decompositionTime", clock.lap(), "s"))
  }
}

extension AutocorrelationHessian {
  /// What the autocorrelation of the first documents is made of.
  static func key(of inputs: CollectionInputs, documents: Int) -> ArtifactKey {
    ArtifactKey(kind: "autocorrelation", inputs.gradientIngredients.merging(["documents": "\(documents)"]) { $1 })
  }

  /// The files that `write(to:)` makes, as products of a run.
  static func artifacts(
    of inputs: CollectionInputs, documents: Int, below prefix: String = ""
  ) -> [RunOutcome.Artifact] {
    artifacts(of: key(of: inputs, documents: documents), below: prefix)
  }

  static func artifacts(of key: ArtifactKey, below prefix: String) -> [RunOutcome.Artifact] {
    [matrixFile, eigenFile].map { RunOutcome.Artifact(kind: "preconditioner", path: prefix + $0, key: key) }
  }
}
