package import Foundation

/// What every collecting command starts from: a model, its tokenizer, documents as token rows, and the recipe of their
/// gradients.
package struct CollectionInputs: Sendable {
  package let configuration: IndexConfig
  package let model: LoadedModel
  package let tokenizer: Tokenizer
  package let tokenizerDigest: Digest
  package let records: Dataset
  package let tokens: TokenizedDataset
  package let recipe: GradientRecipe

  /// - Parameters:
  ///   - limit: only so many documents of the split, from its start; none for all.
  ///   - subset: only these positions within the split.
  package init(
    _ configuration: IndexConfig, _ context: RunContext, limit: Int? = nil, subset: [Int]? = nil
  ) throws {
    self.configuration = configuration
    model = try LoadedModel(path: configuration.model, precision: configuration.precision)
    let directory =
      configuration.tokenizer.isEmpty ? model.directory : URL(fileURLWithPath: configuration.tokenizer)
    tokenizer = try Tokenizer(directory: directory)
    tokenizerDigest = try Digest.sha256(of: directory.appendingPathComponent("tokenizer.json"))
    var records = try Dataset(path: configuration.data.dataset, split: configuration.data.split)
    if let subset { records = records.selecting(subset) }
    if let limit { records = records.selecting(Array(0..<min(limit, records.rows.count))) }
    self.records = records
    context.tell(
      "\(model.architecture) model with \(model.model.parameterCount) parameters, "
        + "\(records.rows.count) documents of \(configuration.data.dataset)")
    let documents = try DocumentTokenizer(
      tokenizer: tokenizer, configuration: configuration.data, modelMaximum: model.model.maximumLength,
      tokenBudget: configuration.tokenBatchSize, vocabularySize: model.model.vocabularySize)
    tokens = TokenizedDataset(
      rows: try Parallel.map(records.rows, workers: Self.workers(configuration)) { try documents.row($0) })
    recipe = try GradientRecipe(configuration: configuration, model: model.model)
  }

  /// The same inputs with another recipe: fewer modules.
  private init(_ other: CollectionInputs, modules: [String]) throws {
    var narrowed = other.configuration
    narrowed.modules = modules
    configuration = narrowed
    model = other.model
    tokenizer = other.tokenizer
    tokenizerDigest = other.tokenizerDigest
    records = other.records
    tokens = other.tokens
    recipe = try GradientRecipe(configuration: narrowed, model: other.model.model)
  }

  package func restricted(to modules: [String]) throws -> CollectionInputs {
    try CollectionInputs(self, modules: modules)
  }

  private static func workers(_ configuration: IndexConfig) -> Int {
    configuration.workers ?? Parallel.defaultWorkers
  }

  package var workers: Int { Self.workers(configuration) }

  package func pass() -> GradientPass {
    GradientPass(
      model: model.model, recipe: recipe, dataset: tokens,
      loss: LossSettings(
        reduction: configuration.lossReduction, labelSmoothing: Float(configuration.labelSmoothing),
        logitScale: Float(configuration.logitScale)),
      tokenBudget: configuration.tokenBatchSize, maximumDocuments: configuration.maxBatchSize, workers: workers)
  }

  /// The settings that two sets of gradient rows must share to be compared.
  package var processor: ProcessorConfig {
    ProcessorConfig(
      projectionDim: configuration.projectionDim, projectionType: configuration.projectionType,
      projectionTarget: configuration.projectionTarget, projectionScale: configuration.projectionScale,
      includeBias: configuration.includeBias, projectionSeed: configuration.projectionSeed,
      projectionVersion: configuration.projectionVersion)
  }

  /// Rows are stored in the width of the model, as the Python tool does.
  package var storage: StorageType {
    switch model.precision {
    case .fp32, .auto: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    }
  }

  package var modelFacts: RunOutcome.Model {
    RunOutcome.Model(
      path: model.directory.standardizedFileURL.path, architecture: model.architecture,
      weightsDigest: model.weightsDigest, tokenizerDigest: tokenizerDigest, parameters: model.model.parameterCount,
      attributedParameters: recipe.attributedParameterCount, precision: model.precision)
  }

  package func datasetFacts(role: RunOutcome.Dataset.Role) -> RunOutcome.Dataset {
    RunOutcome.Dataset(
      role: role, path: records.file.standardizedFileURL.path, split: configuration.data.split,
      digest: tokens.digest(), rows: tokens.count, tokens: tokens.tokenCount)
  }

  /// What determines the bytes of gradient rows; the base of every key.
  package var gradientIngredients: [String: String] {
    var ingredients = [
      "weights": model.weightsDigest.hex, "architecture": model.architecture, "precision": model.precision.rawValue,
      "token_rows": tokens.digest().hex, "modules": recipe.moduleNames.joined(separator: ","),
      "loss": "ce", "loss_reduction": configuration.lossReduction.rawValue,
      "label_smoothing": String(configuration.labelSmoothing), "logit_scale": String(configuration.logitScale),
      "include_bias": String(configuration.includeBias), "projection_dim": String(configuration.projectionDim),
    ]
    if configuration.projectionDim > 0 {
      ingredients["projection_type"] = configuration.projectionType.rawValue
      ingredients["projection_scale"] = configuration.projectionScale.rawValue
      ingredients["projection_target"] = configuration.projectionTarget.rawValue
      ingredients["projection_seed"] = configuration.projectionSeed.map(String.init) ?? "none"
      ingredients["projection_version"] = String(configuration.projectionVersion)
    }
    return ingredients
  }
}

extension Dataset {
  /// The text of a row as it is shown to people: the prompt, and what it is completed by.
  package func text(_ row: Int, _ configuration: DataConfig) throws -> String {
    let record = rows[row]
    if record.columns[configuration.promptColumn] == nil, record.columns["input_ids"] != nil {
      return "(row \(record.row), given as token ids)"
    }
    let prompt = try record.string(configuration.promptColumn, flag: "--prompt_column")
    guard !configuration.completionColumn.isEmpty else { return prompt }
    return try prompt + record.string(configuration.completionColumn, flag: "--completion_column")
  }
}
