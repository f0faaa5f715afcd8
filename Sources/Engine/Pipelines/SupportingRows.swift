/// The documents that each query ought to find, by a column of the queries' data. Read before any gradient is made, so
/// that an evaluation that cannot be done is refused before the work and not after it.
struct SupportingRows: Sendable {
  let queries: IndexedDocuments
  /// For each query the positions, among the scored documents, of those that ought to be found; a document outside of
  /// the scored split cannot be found, and does not count.
  let positions: [[Int]]

  /// - Parameters:
  ///   - columns: scores of each document, which must be one per query.
  ///   - documents: the scored documents.
  init(
    _ run: ScorePipeline.QueryRun, _ gradients: GradientIndex, column: String, columns: Int,
    documents: CollectionInputs, _ repositories: any Repositories
  ) throws {
    guard documents.documents.chunks == nil else { throw EvaluationError.chunks }
    queries = try run.documents(of: gradients, tokenizer: documents.tokenizer, repositories)
    guard columns == queries.count, run.preprocess.aggregation == .none else {
      throw EvaluationError.needsOneColumnPerQuery(columns: columns)
    }
    positions = try Self.positions(column, of: queries, among: documents.records)
  }

  /// - Throws: `EvaluationError` for what are no row numbers, and where none of them was scored; `DataError`.
  static func positions(
    _ column: String, of queries: IndexedDocuments, among documents: Dataset
  ) throws -> [[Int]] {
    var wanted: [[Int]] = []
    try queries.records.scan { _, record in
      guard case .array(let values) = try record.value(column, flag: "--supporting_column") else {
        throw EvaluationError.notRowNumbers(file: record.file, line: record.line, column: column)
      }
      wanted.append(
        try values.map { value in
          guard case .integer(let row) = value else {
            throw EvaluationError.notRowNumbers(file: record.file, line: record.line, column: column)
          }
          return row
        })
    }
    let places = documents.positions(of: Set(wanted.joined()))
    let positions = wanted.map { $0.compactMap { places[$0] } }
    guard positions.contains(where: { !$0.isEmpty }) else { throw EvaluationError.nothingToFind(column: column) }
    return positions
  }
}

extension ScorePipeline.QueryRun {
  /// The data that the queries' gradients were made of.
  ///
  /// - Throws: `EvaluationError.queriesChanged` where it has other rows by now, and `DataError`.
  func documents(
    of gradients: GradientIndex, tokenizer: Tokenizer, _ repositories: any Repositories
  ) throws -> IndexedDocuments {
    // An aggregate has one row, of however many documents.
    let rowCount = preprocess.aggregation == .none ? gradients.rowCount : nil
    let documents = try IndexedDocuments(
      of: data, maxTokens: maxTokens, directory: gradients.directory, rowCount: rowCount, tokenizer: tokenizer,
      repositories)
    guard rowCount == nil || documents.count == rowCount else {
      throw EvaluationError.queriesChanged(path: data.dataset, rows: documents.count, gradients: gradients.rowCount)
    }
    return documents
  }
}
