/// A retraining bank: what became of queries' losses when the model was trained on random parts of its data. It is the
/// ground truth of the linear datamodeling score (Park et al. 2023, https://arxiv.org/abs/2303.14186).
///
///     {"subsets": [[row, ...], ...],                    rows kept, numbers of the training data
///      "losses": [[[loss, ...], ...], ...]}             [repeat][subset][query]
///
/// Other members, such as the losses before retraining, are passed over.
package import Foundation

package struct RetrainingBank: Sendable, Equatable {
  /// Rows that each retraining kept, as the training data numbers them; ascending, each once.
  package let subsets: [[Int]]
  /// [repeat][subset][query], finite.
  package let losses: [[[Double]]]

  package var queryCount: Int { losses[0][0].count }
  package var repeatCount: Int { losses.count }

  /// - Throws: `RetrainingBankError`; `IndexFileError.malformed` for what is no JSON; `FileError`.
  package init(contentsOf url: URL) throws {
    try self.init(JSONValue(manifest: url), path: url.path)
  }

  /// - Parameter path: named by errors.
  init(_ json: JSONValue, path: String) throws {
    func malformed(_ reason: String) -> RetrainingBankError { .malformed(path: path, reason: reason) }
    guard let rows = json["subsets"]?.array, let repeats = json["losses"]?.array else {
      throw malformed("has no lists 'subsets' and 'losses'; is it a retraining bank?")
    }
    // With one or two subsets every order is perfect or perfectly wrong.
    guard rows.count >= 3 else { throw malformed("has \(rows.count) subsets, expected at least 3 to be put in order") }
    subsets = try rows.enumerated().map { subset, rows in
      guard let numbers = rows.array else { throw malformed("has no list of rows as subset \(subset)") }
      let kept = try numbers.map { value in
        guard let row = value.integer, row >= 0 else {
          throw malformed("has something else than row numbers from 0 in subset \(subset)")
        }
        return row
      }.sorted()
      guard !kept.isEmpty else { throw malformed("keeps no row in subset \(subset)") }
      if let twice = zip(kept, kept.dropFirst()).first(where: { $0 == $1 }) {
        throw malformed("keeps row \(twice.0) twice in subset \(subset)")
      }
      return kept
    }
    guard !repeats.isEmpty else { throw malformed("has no losses") }
    let count = subsets.count
    var queries: Int?
    losses = try repeats.enumerated().map { number, subsets in
      guard let subsets = subsets.array, subsets.count == count else {
        throw malformed("has not \(count) lists, one for each subset, as losses of repeat \(number)")
      }
      return try subsets.enumerated().map { subset, values in
        let place = "repeat \(number), subset \(subset)"
        guard let values = values.array, !values.isEmpty else { throw malformed("has no losses in \(place)") }
        guard values.count == queries ?? values.count else {
          throw malformed("has losses of \(values.count) queries in \(place), of \(queries ?? 0) before")
        }
        queries = values.count
        return try values.map { value in
          switch value {
          case .integer(let integer): return Double(integer)
          case .number(let number) where number.isFinite: return number
          default: throw malformed("has a loss that is no finite number in \(place)")
          }
        }
      }
    }
  }

  /// The mean of a query's losses over repeats, one for each subset.
  func meanLosses(query: Int) -> [Double] {
    subsets.indices.map { subset in losses.reduce(0) { $0 + $1[subset][query] } / Double(losses.count) }
  }
}

package enum RetrainingBankError: Error, Equatable, CustomStringConvertible {
  /// `reason` completes "'<path>' ...".
  case malformed(path: String, reason: String)
  case otherQueries(bank: Int, scores: Int)
  case unknownQuery(row: Int, bank: Int)
  case unscoredRow(row: Int, subset: Int)
  case scoredTwice(row: Int)
  case notFinite(row: Int, query: Int, score: Float)
  case noVariation

  package var description: String {
    switch self {
    case .malformed(let path, let reason): "'\(path)' \(reason)"
    case .otherQueries(let bank, let scores):
      "the bank has losses of \(bank) queries, the run has scores for \(scores); score individually, without "
        + "aggregation, against the bank's queries"
    case .unknownQuery(let row, let bank):
      "the run has scores for row \(row) of the queries' data, the bank has losses of rows 0 to \(bank - 1) only; "
        + "is it the bank of these queries?"
    case .unscoredRow(let row, let subset):
      "subset \(subset) of the bank keeps row \(row), which was not scored; score the whole of the data that the "
        + "bank was made of, without candidates"
    case .scoredTwice(let row):
      "row \(row) of the training data has several scores; score a split that has each row once"
    case .notFinite(let row, let query, let score):
      "the score of row \(row) for query \(query) is \(score), and no sum with it means anything; look for gradients "
        + "that are NaN or infinite"
    case .noVariation:
      "no query's loss differs between the bank's subsets, so there is nothing to predict"
    }
  }
}
