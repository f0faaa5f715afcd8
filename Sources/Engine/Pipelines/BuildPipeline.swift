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
    var outcome = RunOutcome()
    outcome.model = inputs.modelFacts
    outcome.datasets = [inputs.datasetFacts(role: .data)]
    outcome.used = try preprocess.preconditionerFiles()
    // `preconditioners` fits a new one on its data; others take what an earlier run has fitted.
    let taken =
      configuration.skipPreconditioners || configuration.skipIndex ? nil : try inputs.processorHessian()
    let products = try BuildProducts(
      configuration, preprocess, inputs, fitsHessian: !configuration.skipPreconditioners && taken == nil)
    let known = try products.take(into: directory, &outcome, context)
    let work = BuildWork(
      inputs: inputs, preprocess: preprocess, directory: directory,
      makesIndex: !configuration.skipIndex && !known.index,
      sample: products.fitsHessian && !known.hessian ? configuration.statsSampleSize ?? .max : nil)
    try work.run(&outcome, context)
    outcome.artifacts = products.index + products.hessian
    if configuration.skipIndex { outcome.artifacts.append(products.table) }
    if let taken {
      try taken.hessian.write(to: directory.url)
      outcome.artifacts += taken.artifacts
    }
    outcome.artifacts += try inputs.writeNormalizers(to: directory.url)
    try inputs.processor.write(to: directory.url.appendingPathComponent(ProcessorConfig.fileName))
    try directory.write(companions)
    return outcome
  }
}

/// What a run is about to make, by what determines it.
private struct BuildProducts {
  /// An index or an aggregate, and its table of documents; empty without one.
  private(set) var index: [RunOutcome.Artifact] = []
  /// Empty where none is fitted.
  private(set) var hessian: [RunOutcome.Artifact] = []
  /// The table of documents.
  let table: RunOutcome.Artifact
  private let indexCompanions: [String]
  /// Whether another run may have made the same index: no key knows the columns of a stored data set.
  private let isIndexKnown: Bool

  init(
    _ configuration: IndexConfig, _ preprocess: PreprocessConfig, _ inputs: CollectionInputs, fitsHessian: Bool
  ) throws {
    if fitsHessian {
      hessian = AutocorrelationHessian.artifacts(
        of: inputs, documents: min(inputs.tokens.count, configuration.statsSampleSize ?? .max))
    }
    if configuration.skipIndex {
      table = inputs.tableArtifact(of: AutocorrelationHessian.key(of: inputs, documents: inputs.tokens.count))
    } else {
      index = try inputs.indexArtifacts(preprocess)
      table = index[1]
    }
    let storesDataset = preprocess.aggregation == .none
    indexCompanions = inputs.indexCompanions(hasDataset: storesDataset)
    isIndexKnown = configuration.dropColumns || !storesDataset
  }

  var fitsHessian: Bool { !hessian.isEmpty }

  /// Takes from earlier runs what they have made: the index, the preconditioner, or both.
  func take(
    into directory: RunDirectory, _ outcome: inout RunOutcome, _ context: RunContext
  ) throws -> (index: Bool, hessian: Bool) {
    var taken = (index: false, hessian: false)
    if isIndexKnown,
      let earlier = try context.take(index, beside: indexCompanions, into: directory.url, as: "index")
    {
      taken.index = true
      outcome.use(earlier.files(index), in: directory)
    }
    // With an index, the table of documents is the index's.
    let companions = index.isEmpty ? [table.path] : []
    if let earlier = try context.take(hessian, beside: companions, into: directory.url, as: "preconditioner") {
      taken.hessian = true
      outcome.use(earlier.files(hessian), in: directory)
    }
    return taken
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
