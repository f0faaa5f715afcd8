/// Why an evaluation cannot be done.
package enum EvaluationError: Error, Equatable, CustomStringConvertible {
  case notRowNumbers(file: String, line: Int, column: String)
  case needsOneColumnPerQuery(columns: Int)
  case queriesChanged(path: String, rows: Int, gradients: Int)
  case nothingToFind(column: String)
  case chunks
  /// An evaluation of a finished run.
  case aggregated(path: String, reason: String)
  case noData(path: String, flag: String)
  case dataChanged(path: String, rows: Int, scores: Int)
  case candidatesElsewhere(path: String, row: Int, rows: Int)
  case otherIndex(path: String, documents: Int, scored: Int)

  package var description: String {
    switch self {
    case .notRowNumbers(let file, let line, let column):
      "\(file), line \(line): '\(column)' must be a list of row numbers of the documents that ought to be found"
    case .needsOneColumnPerQuery(let columns):
      "--supporting_column needs a score for every query, this run has \(columns); "
        + "score individually and without aggregation"
    case .queriesChanged(let path, let rows, let gradients):
      "the queries' data '\(path)' has \(rows) rows, their gradients \(gradients): it has changed since; "
        + "collect the queries' gradients again"
    case .nothingToFind(let column):
      "no row that '\(column)' names is among the scored documents, so there is no recall; "
        + "score a split that has them, or leave --supporting_column out"
    case .chunks:
      "--supporting_column names documents by their rows, and with --chunk_length the scored rows are no documents; "
        + "leave one of the two out"
    case .aggregated(let path, let reason):
      "the scores in '\(path)' are \(reason), and an evaluation asks of each query how well its own went; "
        + "score individually, and build the queries' index without aggregation"
    case .noData(let path, let flag):
      "nothing in '\(path)' says what \(flag) should be; give it"
    case .dataChanged(let path, let rows, let scores):
      "'\(path)' has \(rows) rows and there are \(scores) scores: it is not what was scored, or has changed since; "
        + "say what was with --data.dataset and --data.split"
    case .candidatesElsewhere(let path, let row, let rows):
      "the run scored row \(row) of '\(path)', which has \(rows): it has changed since; score it again"
    case .otherIndex(let path, let documents, let scored):
      "the index '\(path)' has \(documents) documents and \(scored) were scored; give an index of the same data"
    }
  }
}
