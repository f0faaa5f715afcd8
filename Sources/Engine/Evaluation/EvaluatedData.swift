import Foundation

/// What the scores of a run belong to: documents and queries, found again without a model.
struct EvaluatedData: Sendable {
  /// One for each scored document.
  let documents: IndexedDocuments
  /// One for each query, in the order of the scores' columns.
  let queries: IndexedDocuments

  /// - Throws: `EvaluationError` where data sets are not what was scored, or nobody says which they are; and what reading
  ///   them throws.
  init(
    _ configuration: EvaluationConfig, _ run: EvaluationPipeline.ScoredRun?, _ scores: DocumentScores,
    _ repositories: any Repositories
  ) throws {
    let directory = URL(fileURLWithPath: configuration.scores)
    let tokenizer = try Tokenizer(contentsOf: Self.tokenizer(configuration, run, repositories))
    let data = configuration.data.isUnknown ? run?.index.data ?? .unknown : configuration.data
    let maxTokens = configuration.data.isUnknown ? run?.index.maxTokens : nil
    guard !data.isUnknown else { throw EvaluationError.noData(path: directory.path, flag: "--data.dataset") }
    if data.chunkLength > 0 { throw EvaluationError.chunks }
    if let candidates = scores.candidates {
      let all = try IndexedDocuments(
        of: data, maxTokens: nil, directory: directory, rowCount: nil, tokenizer: tokenizer, repositories)
      // Under --max_tokens the rows may have been repeated before candidates were chosen among them.
      let places = maxTokens == nil ? candidates : candidates.map { $0 % all.count }
      if let beyond = places.first(where: { $0 >= all.count }) {
        throw EvaluationError.candidatesElsewhere(path: data.dataset, row: beyond, rows: all.count)
      }
      documents = all.selecting(places)
    } else {
      documents = try IndexedDocuments(
        of: data, maxTokens: maxTokens, directory: directory, rowCount: scores.documentCount, tokenizer: tokenizer,
        repositories)
    }
    guard documents.count == scores.documentCount else {
      throw EvaluationError.dataChanged(path: data.dataset, rows: documents.count, scores: scores.documentCount)
    }

    guard let query = configuration.query.isUnknown ? run?.queries?.data : configuration.query, !query.isUnknown else {
      throw EvaluationError.noData(path: directory.path, flag: "--query.dataset")
    }
    queries = try IndexedDocuments(
      of: query, maxTokens: configuration.query.isUnknown ? run?.queries?.maxTokens : nil,
      directory: run.map { URL(fileURLWithPath: $0.score.queryPath) } ?? directory, rowCount: scores.queryCount,
      tokenizer: tokenizer, repositories)
    guard queries.count == scores.queryCount else {
      throw EvaluationError.needsOneColumnPerQuery(columns: scores.queryCount)
    }
  }

  private static func tokenizer(
    _ configuration: EvaluationConfig, _ run: EvaluationPipeline.ScoredRun?, _ repositories: any Repositories
  ) throws -> URL {
    if !configuration.model.isEmpty {
      return try ModelPlace.tokenizer(configuration.model, revision: nil, repositories)
    }
    guard let index = run?.index else {
      throw EvaluationError.noData(path: configuration.scores, flag: "--model")
    }
    if !index.tokenizer.isEmpty { return try repositories.tokenizer(index.tokenizer, revision: nil).directory }
    return try ModelPlace.tokenizer(index.model, revision: index.revision, repositories)
  }
}
