import CKernels
import Foundation

/// `query`: asks an index which documents pull towards a text and which push away from it.
///
/// Opening an index maps it and reads nothing; where it has a row per token, a document's rows are summed. The gradient of
/// a text is that of its mean loss, made in one forward and backward pass for both directions.
package final class QuerySession: Sendable {
  package let configuration: QueryConfig
  private let model: LoadedModel
  let tokenizer: Tokenizer
  private let tokenizerDigest: Digest
  private let recipe: GradientRecipe
  private let loss: LossSettings
  let index: GradientIndex
  let rows: DocumentRows
  private let transform: RowTransform
  let documents: IndexedDocuments
  /// Where the index has rows of tokens.
  private let documentTokenizer: DocumentTokenizer?
  let indexTransform: RowTransform?

  /// A document with its score, which is positive where training on it lowers the text's loss.
  package struct Hit: Sendable, Equatable {
    /// Row of the index, and of the data set's split.
    package let row: Int
    package let score: Float
    package let text: String
    /// What each token contributes, where the index has a row for each.
    package let tokens: [TokenScore]?
  }

  package struct Answer: Sendable, Equatable {
    package let query: String
    /// Mean loss of the text's tokens.
    package let loss: Double
    package let top: [Hit]
    package let bottom: [Hit]
  }

  /// - Parameters:
  ///   - collection: the settings that made the index.
  ///   - stored: what was done to its rows when they were stored.
  ///   - repositories: where the model and the documents come from.
  package init(
    _ configuration: QueryConfig, collection: IndexConfig, stored: PreprocessConfig,
    repositories: any Repositories = LocalRepositories()
  ) throws {
    guard stored.aggregation == .none else { throw QueryError.aggregate(path: configuration.index) }
    self.configuration = configuration
    index = try GradientIndex(opening: URL(fileURLWithPath: configuration.index))
    rows = try index.documentRows()
    // A revision is one of the model that made the index.
    let isCollected = configuration.model.isEmpty
    model = try LoadedModel(
      isCollected ? collection.model : configuration.model, revision: isCollected ? collection.revision : nil,
      adapterArguments: collection.adapterArguments, precision: collection.precision, from: repositories)
    let location =
      collection.tokenizer.isEmpty
      ? model.tokenizerLocation : try repositories.tokenizer(collection.tokenizer, revision: nil).directory
    tokenizer = try Tokenizer(contentsOf: location)
    tokenizerDigest = try Tokenizer.digest(of: location)
    let processor = try ProcessorConfig(
      contentsOf: index.directory.appendingPathComponent(ProcessorConfig.fileName))
    let collected = try GradientRecipe(
      configuration: collection, model: model.model,
      normalizers: NormalizerFiles.read(ofIndex: index.directory, processor, processorPath: collection.processorPath))
    recipe = collected
    guard collected.blocks.map(\.name) == index.modules.map(\.name), collected.rowWidth == index.rowWidth else {
      throw QueryError.otherModel(path: configuration.index, model: model.location.path)
    }
    loss = LossSettings(
      reduction: .mean, labelSmoothing: Float(collection.labelSmoothing), logitScale: Float(collection.logitScale))
    let preprocess = configuration.preprocess
    transform = try RowTransform(preprocess, blocks: recipe.blocks, processor: processor)
    documents = try IndexedDocuments(
      of: collection.data, maxTokens: collection.maxTokens, directory: index.directory, rowCount: rows.count,
      columns: configuration.columns(of: collection.data, encoded: index.hasTokenRows), tokenizer: tokenizer,
      repositories)
    guard documents.count == rows.count else {
      throw QueryError.dataChanged(path: collection.data.dataset, rows: documents.count, expected: rows.count)
    }
    documentTokenizer =
      index.hasTokenRows
      ? try DocumentTokenizer(
        tokenizer: tokenizer, configuration: collection.data, modelMaximum: model.model.maximumLength,
        tokenBudget: collection.tokenBatchSize, vocabularySize: model.model.vocabularySize) : nil
    // Rows that were stored preconditioned or normalised are not treated again.
    let twoSided = configuration.unitNorm && stored.preconditionerPath == nil ? transform.preconditioner : nil
    let needsNorm = configuration.unitNorm && !stored.unitNormalize
    indexTransform =
      twoSided == nil && !needsNorm ? nil : RowTransform(preconditioner: twoSided, unitNormalize: needsNorm)
  }

  /// The strongest and weakest documents for a text.
  ///
  /// - Throws: `QueryError.tooShort` for a text without a token to predict.
  package func ask(_ text: String) throws -> Answer {
    let ids = try tokenizer.encode(text).ids
    guard ids.count >= BatchPlan.minimumLength else { throw QueryError.tooShort(text: text) }
    guard ids.count <= model.model.maximumLength else {
      throw QueryError.tooLong(tokens: ids.count, limit: model.model.maximumLength)
    }
    if let stranger = ids.first(where: { !(0..<model.model.vocabularySize).contains(Int($0)) }) {
      throw QueryError.unknownToken(token: Int(stranger), vocabulary: model.model.vocabularySize)
    }
    let batch = RaggedBatch([(document: 0, ids: ids, labels: ids)])
    let arena = Arena()
    let storage = FloatStorage(count: recipe.rowWidth)
    let query = storage.matrix(1, recipe.rowWidth)
    let collector = GradientCollector(recipe: recipe)
    collector.begin(batch, rows: query)
    let losses = model.model.forwardBackward(batch, loss: loss, collector: collector, arena: arena)
    arena.reset()
    transform.apply(to: query, arena: arena)
    let (top, bottom) = try search(query)
    return Answer(
      query: text, loss: losses[0], top: try top.entries.map { try hit($0, query) },
      bottom: try bottom.entries.map { try hit($0, query) })
  }

  /// Streams the index once, in blocks spread over the cores.
  private func search(_ query: Matrix) throws -> (top: TopK, bottom: TopK) {
    let width = max(recipe.rowWidth, 1)
    let block = max(1, (8 << 20) / (width * MemoryLayout<Float>.stride))
    let k = min(configuration.topK, rows.count)
    let starts = Array(stride(from: 0, to: rows.count, by: block))
    let parts = try Parallel.map(starts, workers: Parallel.defaultWorkers) { start in
      let documents = start..<min(start + block, self.rows.count)
      let arena = Arena(chunkFloats: documents.count * width)
      let matrix = arena.matrix(documents.count, width)
      self.index.read(documents, of: self.rows, into: matrix)
      self.indexTransform?.apply(to: matrix, arena: arena)
      let scores = arena.matrix(documents.count, 1)
      multiply(matrix, query.transposed, into: scores)
      var top = TopK(k, .largest)
      var bottom = TopK(k, .smallest)
      for (i, row) in documents.enumerated() {
        // A document without a gradient pulls nowhere; a score of exactly 0 may be one.
        if scores.base[i] == 0, ck_sum_of_squares(matrix.row(i), width) == 0 { continue }
        top.insert(scores.base[i], row: row)
        bottom.insert(scores.base[i], row: row)
      }
      return (top, bottom)
    }
    var (top, bottom) = (TopK(k, .largest), TopK(k, .smallest))
    for part in parts {
      top.merge(part.0)
      bottom.merge(part.1)
    }
    return (top, bottom)
  }

  private func hit(_ entry: TopK.Entry, _ query: Matrix) throws -> Hit {
    let record = try documents.records.record(at: entry.row)
    let text =
      configuration.textField == QueryConfig().textField
      ? try documents.text(entry.row) : try record.string(configuration.textField, flag: "--text_field")
    return Hit(
      row: entry.row, score: entry.score, text: text,
      tokens: try documentTokenizer.map { try tokenScores(of: entry.row, query, $0) })
  }
}

package enum QueryError: Error, Equatable, CustomStringConvertible {
  case aggregate(path: String)
  case otherModel(path: String, model: String)
  case dataChanged(path: String, rows: Int, expected: Int)
  case documentChanged(row: Int, tokens: Int, expected: Int)
  case tooShort(text: String)
  case tooLong(tokens: Int, limit: Int)
  case unknownToken(token: Int, vocabulary: Int)

  package var description: String {
    switch self {
    case .aggregate(let path):
      "'\(path)' holds one aggregated row, not a row for each document; query an index made by 'bergson build'"
    case .otherModel(let path, let model):
      "the index '\(path)' has other modules or another width than gradients of '\(model)' have; "
        + "query it with the model that made it"
    case .dataChanged(let path, let rows, let expected):
      "'\(path)' has \(rows) rows, the index was made of \(expected); it has changed since"
    case .documentChanged(let row, let tokens, let expected):
      "row \(row) of the data has \(tokens) tokens, the index was made of \(expected); it has changed since"
    case .tooShort(let text):
      "'\(text)' has fewer than two tokens, so there is none to predict; ask with more text"
    case .tooLong(let tokens, let limit):
      "the text has \(tokens) tokens, the model reads at most \(limit)"
    case .unknownToken(let token, let vocabulary):
      "the text has the token \(token), which is not one of the model's \(vocabulary); is this the model's tokenizer?"
    }
  }
}

extension QueryConfig {
  /// The columns that answers show and, where tokens are told apart, those that these are made of.
  fileprivate func columns(of data: DataConfig, encoded: Bool) -> ColumnSelection {
    encoded || textField == QueryConfig().textField
      ? DocumentTokenizer.columns(data, optional: [textField]) : ColumnSelection(required: [textField])
  }

  /// What happens to the gradient of a text before it is compared.
  fileprivate var preprocess: PreprocessConfig {
    var preprocess = PreprocessConfig()
    preprocess.unitNormalize = unitNorm
    preprocess.preconditionerPath = preconditionerPath
    preprocess.inversionConfig = inversionConfig
    return preprocess
  }
}

extension QuerySession {
  /// What the catalog keeps of a conversation: the texts with their strongest and weakest documents.
  package func outcome(of answers: [Answer]) throws -> RunOutcome {
    var outcome = RunOutcome()
    outcome.model = RunOutcome.Model(
      path: model.location.standardizedFileURL.path, commit: model.commit, architecture: model.architecture,
      weightsDigest: model.weightsDigest, tokenizerDigest: tokenizerDigest, parameters: model.model.parameterCount,
      attributedParameters: recipe.attributedParameterCount, precision: model.precision, adapter: model.adapter)
    outcome.used = try [index.dataURL] + configuration.preprocess.preconditionerFiles()
    outcome.metrics = [RunOutcome.Metric("queries", Double(answers.count), "queries")]
    var summary = AttributionSummary()
    var shown: [Int: String] = [:]
    for (position, answer) in answers.enumerated() {
      summary.queries.append(.init(row: position, text: answer.query, loss: answer.loss))
      summary.top.append(answer.top.map { .init(row: $0.row, score: $0.score) })
      summary.bottom.append(answer.bottom.map { .init(row: $0.row, score: $0.score) })
      for hit in answer.top + answer.bottom { shown[hit.row] = hit.text }
    }
    summary.documents = shown.sorted { $0.key < $1.key }.map { .init(row: $0.key, text: $0.value) }
    outcome.summary = summary
    return outcome
  }
}
