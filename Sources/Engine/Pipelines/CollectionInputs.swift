import Foundation

extension IndexConfig {
  /// The settings that a processor takes along; which normalizers there are is known when they are.
  package var processor: ProcessorConfig {
    ProcessorConfig(
      projectionDim: projectionDim, reshapeToSquare: reshapeToSquare, projectionType: projectionType,
      projectionTarget: projectionTarget, projectionScale: projectionScale, includeBias: includeBias,
      projectionSeed: projectionSeed, projectionVersion: projectionVersion)
  }

  /// With the settings of a processor that an earlier run has left.
  package func taking(_ processor: ProcessorConfig) -> IndexConfig {
    var configuration = self
    configuration.projectionDim = processor.projectionDim
    configuration.reshapeToSquare = processor.reshapeToSquare
    configuration.projectionType = processor.projectionType
    configuration.projectionTarget = processor.projectionTarget
    configuration.projectionScale = processor.projectionScale
    configuration.includeBias = processor.includeBias
    configuration.projectionSeed = processor.projectionSeed
    configuration.projectionVersion = processor.projectionVersion
    return configuration
  }
}

/// What every collecting command starts from: a model, its tokenizer, documents as token rows, and the recipe of their
/// gradients.
package struct CollectionInputs: Sendable {
  package private(set) var configuration: IndexConfig
  package let model: LoadedModel
  package let tokenizer: Tokenizer
  package let tokenizerDigest: Digest
  package private(set) var documents: Documents
  private var documentText: DocumentText
  package private(set) var recipe: GradientRecipe
  /// What the recipe's normalizers are made of.
  package private(set) var normalizers: NormalizerSet?
  /// What a fit of them is made of; nil for those that were not fitted here.
  private(set) var normalizerKey: ArtifactKey?
  /// The file of an earlier run that a fit was taken from.
  private(set) var earlierNormalizers: URL?

  /// Where the configuration asks for normalizers of the data itself, they are fitted here, by a pass of their own.
  ///
  /// - Parameters:
  ///   - limit: only so many documents of the split, from its start; none for all.
  ///   - keepsColumns: whether `records` have columns that token rows are not made of.
  package init(
    _ configuration: IndexConfig, _ context: RunContext, limit: Int? = nil, keepsColumns: Bool = false
  ) throws {
    self.configuration = configuration
    model = try LoadedModel(
      configuration.model, revision: configuration.revision, adapterArguments: configuration.adapterArguments,
      precision: configuration.precision, from: context.repositories)
    if configuration.lossFunction == .divergenceFromBase { try model.checkHasBase(configuration.model) }
    let location =
      configuration.tokenizer.isEmpty
      ? model.tokenizerLocation : try context.repositories.tokenizer(configuration.tokenizer, revision: nil).directory
    tokenizer = try Tokenizer(contentsOf: location)
    tokenizerDigest = try Tokenizer.digest(of: location)
    documentText = try DocumentText(configuration.data, tokenizer: tokenizer)
    let adapter = model.adapter.map { " under \($0.path == nil ? "a fresh" : "an") adapter of rank \($0.rank)" }
    documents = try Self.documents(
      configuration, model, tokenizer, context,
      // A sample for normalizers is one of all documents.
      limit: configuration.normalizer == .none ? limit : nil, keepsColumns: keepsColumns,
      saying: "\(model.architecture) model with \(model.model.parameterCount) parameters\(adapter ?? ""), ")
    recipe = try GradientRecipe(configuration: configuration, model: model.model)
    if let (normalizers, key, file) = try makeNormalizers(context) {
      self.normalizers = normalizers
      (normalizerKey, earlierNormalizers) = (key, file)
      recipe = try GradientRecipe(configuration: configuration, model: model.model, normalizers: normalizers)
    }
    if !configuration.processorPath.isEmpty {
      try RecipeMismatch.check(processor, against: configuration.processorPath, role: "processor")
    }
    if let limit, limit < documents.tokens.count { documents = try documents.selecting(Array(0..<limit)) }
  }

  /// The documents of a configuration as token rows.
  private static func documents(
    _ configuration: IndexConfig, _ model: LoadedModel, _ tokenizer: Tokenizer, _ context: RunContext, limit: Int?,
    keepsColumns: Bool, saying opening: String
  ) throws -> Documents {
    let dataset = try Dataset(
      configuration.data, context.repositories,
      columns: keepsColumns ? .all : DocumentTokenizer.columns(configuration.data))
    context.tell(
      opening
        + "\(limit.map { min($0, dataset.count) } ?? dataset.count) documents of \(configuration.data.dataset)")
    let documents = try Documents(
      dataset,
      DocumentTokenizer(
        tokenizer: tokenizer, configuration: configuration.data, modelMaximum: model.model.maximumLength,
        tokenBudget: configuration.tokenBatchSize, vocabularySize: model.model.vocabularySize),
      limit: limit, maxTokens: configuration.maxTokens, workers: workers(configuration),
      isCancelled: context.isCancelled)
    if documents.tokens.count != dataset.count {
      context.tell("\(documents.tokens.count) rows with \(documents.tokens.tokenCount) tokens")
    }
    return documents
  }

  /// The same model and recipe over the documents that are asked about: all of them, `max_tokens` being a limit of the
  /// first ones, and a row for each, whatever rows these have.
  package func reading(_ data: DataConfig, _ context: RunContext) throws -> CollectionInputs {
    var copy = self
    copy.configuration.data = data
    copy.configuration.maxTokens = nil
    copy.configuration.attributeTokens = false
    copy.documentText = try DocumentText(data, tokenizer: tokenizer)
    copy.documents = try Self.documents(
      copy.configuration, model, tokenizer, context, limit: nil, keepsColumns: false, saying: "")
    return copy
  }

  /// The same inputs with fewer modules or heads.
  package func restricted(to modules: [String]) throws -> CollectionInputs {
    var copy = self
    copy.recipe = try recipe.restricted(to: modules)
    return copy
  }

  /// The same inputs with another width of the sketch; 0 for whole gradients.
  package func projecting(to dimension: Int) throws -> CollectionInputs {
    var copy = self
    copy.configuration.projectionDim = dimension
    copy.recipe = try GradientRecipe(
      configuration: copy.configuration, model: model.model, normalizers: normalizers)
    return copy
  }

  /// The same inputs with only the documents at these positions.
  package func selecting(_ positions: [Int]) throws -> CollectionInputs {
    var copy = self
    copy.documents = try documents.selecting(positions)
    return copy
  }

  /// Where each document's token rows begin, and the end; nil for a row per document.
  package var tokenOffsets: [Int]? {
    configuration.attributeTokens ? TokenOffsets.offsets(ofLengths: tokens.lengths) : nil
  }

  package var records: Dataset { documents.records }
  package var tokens: TokenizedDataset { documents.tokens }

  /// What the document of a row says.
  package func text(_ row: Int) throws -> String {
    documents.chunks == nil
      ? try documentText.text(of: records.record(at: row))
      : try documentText.text(of: tokens.row(at: row).ids, row: records.row(at: row))
  }

  private static func workers(_ configuration: IndexConfig) -> Int {
    configuration.workers ?? Parallel.defaultWorkers
  }

  package var workers: Int { Self.workers(configuration) }

  /// - Parameters:
  ///   - maximumDocuments: most documents in a batch, besides what the configuration says.
  ///   - formsRows: whether gradients are formed, and a batch has no more than fit into memory.
  package func pass(maximumDocuments: Int = .max, formsRows: Bool = true) -> GradientPass {
    GradientPass(
      model: model.model, recipe: recipe, dataset: tokens, weights: documents.weights, loss: loss,
      tokenBudget: configuration.tokenBatchSize,
      maximumDocuments: min(maximumDocuments, configuration.maxBatchSize ?? .max), workers: workers,
      tokenOffsets: tokenOffsets, formsRows: formsRows)
  }

  package var loss: LossSettings {
    LossSettings(
      function: configuration.lossFunction, reduction: configuration.lossReduction,
      labelSmoothing: Float(configuration.labelSmoothing),
      logitScale: Float(configuration.logitScale))
  }

  /// The settings that two sets of gradient rows must share to be compared.
  package var processor: ProcessorConfig {
    var processor = configuration.processor
    processor.normalizers = normalizers?.digest.hex
    return processor
  }

  /// Rows are stored in the width of the model, as the Python tool does; of a quantised one in float32, in which its
  /// products are made.
  package var storage: StorageType {
    switch model.precision {
    case .fp32, .auto, .int8, .int4: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    }
  }

  package var modelFacts: RunOutcome.Model {
    RunOutcome.Model(
      path: model.location.standardizedFileURL.path, commit: model.commit, architecture: model.architecture,
      weightsDigest: model.weightsDigest, tokenizerDigest: tokenizerDigest, parameters: model.model.parameterCount,
      attributedParameters: recipe.attributedParameterCount, precision: model.precision, adapter: model.adapter)
  }

  package var commits: SourceCommits { SourceCommits(model: model.namedCommit, dataset: records.commit) }

  package func datasetFacts(role: RunOutcome.Dataset.Role) -> RunOutcome.Dataset {
    RunOutcome.Dataset(
      role: role, path: records.file.standardizedFileURL.path, commit: records.commit,
      split: configuration.data.split, digest: documents.digest, rows: tokens.count, tokens: tokens.tokenCount)
  }

  /// What determines the bytes of gradient rows; the base of every key.
  package var gradientIngredients: [String: String] {
    var ingredients = [
      "weights": model.weightsDigest.hex, "architecture": model.architecture, "precision": model.precision.rawValue,
      "token_rows": documents.digest.hex, "modules": recipe.moduleNames.joined(separator: ","),
      "loss": configuration.lossFunction.rawValue, "loss_reduction": configuration.lossReduction.rawValue,
      "label_smoothing": String(configuration.labelSmoothing), "logit_scale": String(configuration.logitScale),
      "include_bias": String(configuration.includeBias), "projection_dim": String(configuration.projectionDim),
    ]
    if let normalizers { ingredients["normalizers"] = normalizers.digest.hex }
    if configuration.attributeTokens { ingredients["attribute_tokens"] = "true" }
    if configuration.reshapeToSquare { ingredients["reshape_to_square"] = "true" }
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
