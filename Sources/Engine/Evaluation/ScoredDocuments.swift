package import Foundation

/// The documents that a run's scores are of, read again from its data by what its configuration says, without a model: for
/// who wants to know whether they are what they were, or has a question about their columns.
package struct ScoredDocuments: Sendable {
  /// All of the data, also where only candidates were scored; a row that --max_tokens repeated is there once.
  package let documents: IndexedDocuments

  /// - Parameter directory: of the scores.
  /// - Throws: what reading data and tokenizer throws.
  package init(of run: EvaluationPipeline.ScoredRun, in directory: URL, _ repositories: any Repositories) throws {
    var configuration = EvaluationConfig()
    configuration.scores = directory.path
    let tokenizer = try Tokenizer(contentsOf: EvaluatedData.tokenizer(configuration, run, repositories))
    // Chunks are rows of the run itself.
    let isChunked = run.index.data.chunkLength > 0
    documents = try IndexedDocuments(
      of: run.index.data, maxTokens: nil, directory: directory, rowCount: isChunked ? 0 : nil, tokenizer: tokenizer,
      repositories)
  }

  /// The texts of rows of the data, whose numbers are those that reports show; none for a row that is not there.
  package func texts(ofRows rows: Set<Int>) throws -> [Int: String] {
    try documents.records.positions(of: rows).mapValues { try documents.text($0) }
  }
}
