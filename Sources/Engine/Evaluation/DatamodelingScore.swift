/// The linear datamodeling score (LDS): does the sum of a method's scores over the rows that a retraining kept predict, in
/// rank, how well the retrained model does? Park et al. 2023, "TRAK", https://arxiv.org/abs/2303.14186, section 3.
///
///     LDS(q) = Spearman over subsets S of   Σ over rows r of S  score(r, q)   with   - mean over repeats of loss(S, q)
import Foundation

package struct DatamodelingScore: Sendable {
  /// Which of the queries can be predicted: those whose losses differ between subsets.
  package let answerable: [Int]
  private let bank: RetrainingBank
  /// The queries as the bank counts them.
  private let queries: [Int]
  /// For each subset the positions, among the scores, of the rows that it keeps.
  private let positions: [[Int]]
  /// How good the retrained models are at each query; nil where they are all the same.
  private let targets: [CentredRanks?]

  /// Random rankings drawn for the interval of `random`.
  static let draws = 1000
  /// Fixed, so that the interval is the same in every run.
  static let seed: UInt64 = 20_241_124

  /// - Parameters:
  ///   - rows: the row of the training data that each position of the scores belongs to.
  ///   - queries: those that there are scores for, as the bank counts them; each less than its number of queries.
  /// - Throws: `RetrainingBankError` where the bank keeps a row that has no score or several, or has nothing to predict.
  package init(_ bank: RetrainingBank, rows: [Int], queries: [Int]) throws {
    self.bank = bank
    self.queries = queries
    var position: [Int: Int] = [:]
    for (i, row) in rows.enumerated() where position.updateValue(i, forKey: row) != nil {
      throw RetrainingBankError.scoredTwice(row: row)
    }
    positions = try bank.subsets.enumerated().map { subset, kept in
      try kept.map { row in
        guard let position = position[row] else {
          throw RetrainingBankError.unscoredRow(row: row, subset: subset)
        }
        return position
      }
    }
    targets = queries.map { query in CentredRanks(bank.meanLosses(query: query).map { -$0 }) }
    answerable = targets.indices.filter { [targets] in targets[$0] != nil }
    if answerable.isEmpty { throw RetrainingBankError.noVariation }
  }

  /// How well the scores of the documents predict the losses of a query; nil where they predict the same for all
  /// subsets, or losses are the same.
  package func correlation(of scores: [Float], query: Int) -> Double? {
    guard let target = targets[query], let prediction = prediction(scores) else { return nil }
    return target.correlation(with: prediction)
  }

  /// For each of the answerable queries, how well scores that do not depend on the query predict its losses.
  package func correlations(ofAll scores: [Float]) -> [Double?] {
    let prediction = prediction(scores)
    return answerable.map { query in
      prediction.flatMap { prediction in targets[query]?.correlation(with: prediction) }
    }
  }

  private func prediction(_ scores: [Float]) -> CentredRanks? {
    CentredRanks(sums { Double(scores[$0]) })
  }

  private func sums(_ value: (_ position: Int) -> Double) -> [Double] {
    positions.map { kept in kept.reduce(0) { $0 + value($1) } }
  }

  /// What random scores reach. The expectation is 0, since a score and its negative are equally likely; the interval
  /// holds 95 % of the means over queries that random scores had.
  package func random() -> Estimate {
    let targets = targets.compactMap(\.self)
    // Each draw serves every query once, in another company: as many means as draws for the price of one.
    let count = max(Self.draws, targets.count)
    let rowCount = 1 + (positions.joined().max() ?? 0)
    var generator = SplitMix64(seed: Self.seed)
    let predictions = (0..<count).map { _ in
      let scores = (0..<rowCount).map { _ in generator.nextFraction() - 0.5 }
      return CentredRanks(sums { scores[$0] })
    }
    let means = (0..<count).map { first in
      let sum = targets.enumerated().reduce(0.0) { sum, entry in
        sum + (predictions[(first + entry.offset) % count].map { entry.element.correlation(with: $0) } ?? 0)
      }
      return sum / Double(targets.count)
    }
    let interval = Bootstrap.interval(of: means)
    return Estimate(value: 0, low: interval.lowerBound, high: interval.upperBound)
  }

  /// For each of the answerable queries, how well one repeat of the retraining predicts another: the mean over pairs of
  /// repeats. Nil for a bank with one repeat. A pair of which one does not differ between subsets counts as 0.
  package func agreement() -> [Double]? {
    guard bank.repeatCount > 1 else { return nil }
    return answerable.map { query in
      let ranks = bank.losses.map { losses in CentredRanks(losses.map { $0[queries[query]] }) }
      var (sum, pairs) = (0.0, 0)
      for first in ranks.indices {
        for second in ranks.indices.dropFirst(first + 1) {
          if let a = ranks[first], let b = ranks[second] { sum += a.correlation(with: b) }
          pairs += 1
        }
      }
      return sum / Double(pairs)
    }
  }
}
