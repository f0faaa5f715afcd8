/// Fits normalizers to the data: means over a sample of its documents of their squared gradients, by a pass of its own.
struct NormalizerFit {
  let inputs: CollectionInputs

  /// - Precondition: the configuration asks for a kind of normalizer.
  /// - Throws: `NormalizerError.noGradients`; `CancellationError`.
  func run(_ context: RunContext) throws -> NormalizerSet {
    let configuration = inputs.configuration
    let kind = configuration.normalizer
    let descriptions = inputs.model.model.modules
    let modules = inputs.recipe.modules.map {
      HessianModule(index: $0, descriptions[$0], includeBias: configuration.includeBias)
    }
    let sample = try inputs.documents.selecting(
      Self.sample(of: inputs.tokens.count, size: configuration.statsSampleSize, seed: configuration.statsSeed))
    context.tell(
      "\(kind.rawValue) normalizers: a pass over \(sample.tokens.count) of \(inputs.tokens.count) documents, "
        + "\(SecondMomentSums.byteCount(kind, modules) >> 20) MiB for the sums of \(modules.count) modules")
    let pass = BatchPass(
      model: inputs.model.model, dataset: sample.tokens, weights: sample.weights, loss: inputs.loss,
      workers: inputs.workers,
      plan: BatchPlan.ragged(
        lengths: sample.tokens.lengths, tokenBudget: configuration.tokenBatchSize,
        maxBatchSize: configuration.maxBatchSize))
    let sums = SecondMomentSums(kind, modules: modules)
    let summary = try pass.run(context, stage: "normalizers", abandon: sums.abandon) { SecondMomentCollector(sums) }
    guard summary.documents > 0 else { throw NormalizerError.noGradients(documents: sample.tokens.count) }
    let moments = modules.map { ($0.name, sums.take($0, documents: summary.documents)) }
    return try NormalizerSet(
      Dictionary(uniqueKeysWithValues: moments),
      origin: "\(kind.rawValue), fitted on \(summary.documents) of \(inputs.tokens.count) documents, "
        + "seed \(configuration.statsSeed)")
  }

  /// Rows of the sample, ascending: all, or as many as are asked for, drawn as Python's `random.Random(seed)` shuffles.
  static func sample(of count: Int, size: Int?, seed: Int) -> [Int] {
    guard let size, size < count else { return Array(0..<count) }
    var random = PythonRandom(seed: UInt32(truncatingIfNeeded: seed))
    var rows = Array(0..<count)
    random.shuffle(&rows)
    return rows.prefix(size).sorted()
  }
}
