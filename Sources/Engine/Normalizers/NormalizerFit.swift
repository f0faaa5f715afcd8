/// Fits normalizers to the data: means over a sample of its documents of their squared gradients, by a pass of its own.
struct NormalizerFit {
  private let inputs: CollectionInputs
  private let sample: Documents

  /// - Throws: `FileError` where the disk fails.
  init(inputs: CollectionInputs) throws {
    self.inputs = inputs
    sample = try inputs.documents.selecting(
      Self.sample(
        of: inputs.tokens.count, size: inputs.configuration.statsSampleSize, seed: inputs.configuration.statsSeed))
  }

  /// Everything that decides the sums. Of which documents a sample was drawn is in the words that come with them.
  var key: ArtifactKey {
    let configuration = inputs.configuration
    let descriptions = inputs.model.model.modules
    return ArtifactKey(
      kind: "normalizers",
      [
        "weights": inputs.model.weightsDigest.hex, "architecture": inputs.model.architecture,
        "precision": inputs.model.precision.rawValue, "normalizer": configuration.normalizer.rawValue,
        "sample": sample.digest.hex, "sampled_from": String(inputs.tokens.count),
        "stats_seed": String(configuration.statsSeed),
        "modules": inputs.recipe.modules.map { descriptions[$0].name }.joined(separator: ","),
        "loss": configuration.lossFunction.rawValue, "loss_reduction": configuration.lossReduction.rawValue,
        "label_smoothing": String(configuration.labelSmoothing), "logit_scale": String(configuration.logitScale),
        "include_bias": String(configuration.includeBias),
      ])
  }

  /// - Precondition: the configuration asks for a kind of normalizer.
  /// - Throws: `NormalizerError.noGradients`; `CancellationError`.
  func run(_ context: RunContext) throws -> NormalizerSet {
    let configuration = inputs.configuration
    let kind = configuration.normalizer
    let descriptions = inputs.model.model.modules
    let modules = inputs.recipe.modules.map {
      HessianModule(index: $0, descriptions[$0], includeBias: configuration.includeBias)
    }
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
