import Foundation

/// Fits the Kronecker factors of a model's modules and writes them: a pass for the covariances, the decompositions, and
/// a pass for corrected eigenvalues.
struct FactoredFit {
  let inputs: CollectionInputs
  let hessian: HessianConfig
  let method: KroneckerMethod

  /// Writes the stores into a folder; returns metrics and warnings.
  ///
  /// - Precondition: the inputs' recipe does not project.
  func run(into folder: URL, _ context: RunContext) throws -> RunOutcome {
    precondition(inputs.recipe.projection == nil, "Kronecker factors are of whole gradients")
    let descriptions = inputs.model.model.modules
    let modules = inputs.recipe.modules.map {
      HessianModule(index: $0, descriptions[$0], includeBias: inputs.configuration.includeBias)
    }
    let groups = Self.partition(modules, into: hessian.modulePartitions)
    let files = KroneckerFiles(folder)
    var outcome = RunOutcome()
    var times = Times()
    var summary: BatchPass.Summary?
    for (number, group) in groups.enumerated() {
      if groups.count > 1 { context.tell("modules \(number + 1) of \(groups.count): \(group.count)") }
      let own = try fit(group, number: number, into: files, &times, context)
      summary = summary ?? own
    }
    try files.merge(groups: groups.count)
    if let summary { try outcome.add(summary, inputs: inputs, passTime: times.covariances) }
    outcome.metrics += [
      RunOutcome.Metric("decompositionTime", times.decompositions, "s"),
      RunOutcome.Metric("correctionTime", times.corrections, "s"),
      positionsMetric,
    ]
    return outcome
  }

  /// Brings the stores into a folder from an earlier run, or makes them. The outcome has them with paths below the folder.
  ///
  /// - Parameters:
  ///   - what: the stores, for the run's story.
  ///   - directory: of the run.
  /// - Precondition: the inputs' recipe does not project.
  func runOrTake(
    into folder: URL, as what: String, _ outcome: inout RunOutcome, for directory: RunDirectory, _ context: RunContext
  ) throws {
    let products = artifacts
    outcome.artifacts += products
    guard let earlier = try context.take(products, into: folder, as: what) else {
      let fitted = try run(into: folder, context)
      outcome.metrics += fitted.metrics
      outcome.warnings += fitted.warnings
      return
    }
    outcome.use(earlier.files(products), in: directory)
    try outcome.add(
      BatchPass.Summary(lengths: inputs.tokens.lengths), inputs: inputs, passTime: nil)
    outcome.metrics.append(positionsMetric)
  }

  var key: ArtifactKey { ArtifactKey(kind: "hessian", ingredients) }

  /// The files that `run` makes, as products of a run, with paths below the method's folder.
  var artifacts: [RunOutcome.Artifact] {
    stores.map { store in
      RunOutcome.Artifact(kind: "hessian", path: "\(store.rawValue)/\(KroneckerFiles.shard)", key: key)
    }
  }

  var positionsMetric: RunOutcome.Metric { RunOutcome.Metric("positions", Double(positions), "tokens") }

  private struct Times {
    var covariances = 0.0
    var decompositions = 0.0
    var corrections = 0.0
  }

  /// Contiguous groups of nearly equal size, the larger ones first.
  static func partition<Element>(_ elements: [Element], into count: Int) -> [[Element]] {
    let count = max(1, min(count, elements.count))
    let (size, extra) = elements.count.quotientAndRemainder(dividingBy: count)
    var start = 0
    return (0..<count).map { i in
      let end = start + size + (i < extra ? 1 : 0)
      defer { start = end }
      return Array(elements[start..<end])
    }
  }

  /// T, the positions in the sums: all but each document's last.
  private var positions: Int { inputs.tokens.lengths.reduce(0) { $0 + max(Int($1) - 1, 0) } }

  private var documents: Int { inputs.tokens.count }

  private var stores: [KroneckerFiles.Store] {
    KroneckerFiles.Store.allCases.filter { $0 != .correction || hessian.eigenvalueCorrection }
  }

  private var storage: StorageType {
    switch hessian.precision {
    case .auto, .fp32: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    }
  }

  private var metadata: [String: String] {
    [
      "format": "bergson-kronecker-1", "method": method.rawValue, "positions": "\(positions)",
      "documents": "\(documents)",
    ]
  }

  /// Everything that decides the bytes of the factors.
  private var ingredients: [String: String] {
    var ingredients = inputs.gradientIngredients
    // Factors are sums over tokens, whatever rows the scores have.
    ingredients["attribute_tokens"] = nil
    ingredients["method"] = method.rawValue
    ingredients["ev_correction"] = String(hessian.eigenvalueCorrection)
    ingredients["hessian_dtype"] = storage.rawValue
    ingredients["labels"] = hessian.useDatasetLabels ? "data" : "sampled, seed \(hessian.labelSeed)"
    // TKFAC's and Shampoo's factors are products within batches.
    if method != .kfac { ingredients["token_batch_size"] = String(inputs.configuration.tokenBatchSize) }
    return ingredients
  }

  private func fit(
    _ modules: [HessianModule], number: Int, into files: KroneckerFiles, _ times: inout Times, _ context: RunContext
  ) throws -> BatchPass.Summary {
    var clock = StageClock()
    let pass = self.pass()
    let sums = CovarianceSums(method: method, modules: modules)
    let summary = try pass.run(context, stage: "covariances", abandon: sums.abandon) { CovarianceCollector(sums: sums) }
    times.covariances += clock.lap()
    context.tell("decomposing the factors of \(modules.count) modules")
    let write = { (store: KroneckerFiles.Store, tensors: [KroneckerFiles.Tensor]) in
      try files.write(store, group: number, storage: storage, metadata: metadata, tensors)
    }
    let bases = try decompose(sums, modules, write: write)
    times.decompositions += clock.lap()
    guard hessian.eigenvalueCorrection else { return summary }
    let correction = EigenvalueCorrection(bases)
    _ = try pass.run(context, stage: "eigenvalue corrections", abandon: correction.abandon) {
      EigenvalueCorrectionCollector(correction)
    }
    try write(
      .correction,
      modules.map { module in
        let values = FloatStorage(correction.take(module, documents: documents))
        return KroneckerFiles.Tensor(module.name, shape: [module.outputs, module.columns], values)
      })
    times.corrections += clock.lap()
    return summary
  }

  private func pass() -> BatchPass {
    let configuration = inputs.configuration
    var loss = inputs.loss
    loss.labels = hessian.useDatasetLabels ? .data : .sampled(seed: hessian.labelSeed)
    loss.estimatesHessian = true
    let lengths = inputs.tokens.lengths
    let plan =
      method == .kfac
      ? BatchPlan.ragged(
        lengths: lengths, tokenBudget: configuration.tokenBatchSize, maxBatchSize: configuration.maxBatchSize)
      : BatchPlan.reference(
        lengths: lengths, tokenBudget: configuration.tokenBatchSize, maxBatchSize: configuration.maxBatchSize)
    // Of the plain loss, as in the Python tool: outer products would square an advantage and lose its sign.
    return BatchPass(
      model: inputs.model.model, dataset: inputs.tokens, weights: nil, loss: loss, workers: inputs.workers, plan: plan)
  }

  private func decompose(
    _ sums: CovarianceSums, _ modules: [HessianModule],
    write: (KroneckerFiles.Store, [KroneckerFiles.Tensor]) throws -> Void
  ) throws -> [KroneckerEigenbasis] {
    let factored = try Parallel.map(modules, workers: inputs.workers) { module in
      let (activation, gradient) = sums.take(module)
      let kept = (FloatStorage(activation.values), FloatStorage(gradient.values))
      let basis = try KroneckerEigenbasis(
        module, activation: activation, gradient: gradient, positions: positions, documents: documents)
      return (activation: kept.0, gradient: kept.1, basis: basis)
    }
    func tensors(
      _ shape: (HessianModule) -> [Int], _ values: (Int) -> FloatStorage
    ) -> [KroneckerFiles.Tensor] {
      modules.enumerated().map { KroneckerFiles.Tensor($1.name, shape: shape($1), values($0)) }
    }
    let bases = factored.map(\.basis)
    try write(.activation, tensors({ [$0.columns, $0.columns] }) { factored[$0].activation })
    try write(.gradient, tensors({ [$0.outputs, $0.outputs] }) { factored[$0].gradient })
    try write(.activationVectors, tensors({ [$0.columns, $0.columns] }) { bases[$0].activationVectors })
    try write(.gradientVectors, tensors({ [$0.outputs, $0.outputs] }) { bases[$0].gradientVectors })
    try write(.activationValues, tensors({ [$0.columns] }) { FloatStorage(bases[$0].activationValues) })
    try write(.gradientValues, tensors({ [$0.outputs] }) { FloatStorage(bases[$0].gradientValues) })
    try write(
      .eigenvalues,
      tensors({ [$0.outputs, $0.columns] }) { FloatStorage(bases[$0].grid) })
    return bases
  }
}
