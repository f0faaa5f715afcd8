import Foundation

/// The documents that an earlier score run ranked first: the union over its columns, in row order.
package enum Candidates {
  /// Where a run keeps the rows that it scored, `[candidates]`.
  static let fileName = "candidates.npy"

  /// - Returns: rows to score, or nil for all of them.
  package static func rows(_ configuration: CandidatesConfig, documentCount: Int) throws -> [Int]? {
    guard !configuration.scores.isEmpty else { return nil }
    let scores = try ScoreFile(opening: URL(fileURLWithPath: configuration.scores))
    guard scores.documentCount == documentCount else {
      throw CandidatesError.otherData(path: configuration.scores, rows: scores.documentCount, expected: documentCount)
    }
    let count =
      configuration.topK > 0
      ? min(configuration.topK, documentCount)
      : max(1, Int((configuration.fraction * Double(documentCount)).rounded(.toNearestOrEven)))
    let order = configuration.direction == .proponents ? TopK.Order.largest : .smallest
    var best = [TopK](repeating: TopK(count, order), count: scores.queryCount)
    let rows = try scores.documentRows()
    scores.forEachDocument(rows) { document, values in
      // A document without a gradient has no score, which is not a score of 0.
      guard let values else { return }
      for (query, score) in values.enumerated() where scores.isWritten(row: rows[document].lowerBound, query: query) {
        best[query].insert(score, row: document)
      }
    }
    return Set(best.flatMap { $0.entries.map(\.row) }).sorted()
  }
}

package enum CandidatesError: Error, Equatable, CustomStringConvertible {
  case otherData(path: String, rows: Int, expected: Int)

  package var description: String {
    switch self {
    case .otherData(let path, let rows, let expected):
      "the scores in '\(path)' are of \(rows) documents, this run's data has \(expected); "
        + "candidates must come from a run over the same data"
    }
  }
}
