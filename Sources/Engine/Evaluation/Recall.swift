/// Are the documents that state a fact found by the query that asks for it? Recall at k and reciprocal rank, with the
/// Python tool's definitions.
import Foundation

/// Ranks count from 1. Rows are ordered by score, among equal scores by row; NaN comes last.
package enum Ranking {
  /// Ranks of the supporting rows within all rows, ascending, in O(rows · log supporting). A row named twice counts
  /// once.
  ///
  /// - Precondition: supporting rows are rows.
  package static func ranks(
    of supporting: [Int], in scores: [Float], order: TopK.Order = .largest
  ) -> [Int] {
    precondition(supporting.allSatisfy { scores.indices.contains($0) }, "supporting row out of \(scores.indices)")
    func comesBefore(_ a: Int, _ b: Int) -> Bool {
      let (x, y) = (scores[a], scores[b])
      if x.isNaN || y.isNaN { return x.isNaN == y.isNaN ? a < b : y.isNaN }
      if x == y { return a < b }
      return order == .largest ? x > y : x < y
    }
    let gold = Set(supporting).sorted(by: comesBefore)
    // ahead[i]: rows that come before or are gold[i], but not gold[i - 1].
    var ahead = [Int](repeating: 0, count: gold.count + 1)
    for row in scores.indices {
      var low = 0
      var high = gold.count
      while low < high {
        let middle = (low + high) / 2
        if comesBefore(gold[middle], row) { low = middle + 1 } else { high = middle }
      }
      ahead[low] += 1
    }
    var rank = 0
    return ahead.dropLast().map { count in
      rank += count
      return rank
    }
  }
}

/// Means over queries, with bootstrap intervals.
package struct Recall: Equatable, Sendable {
  package struct AtK: Equatable, Sendable {
    package let k: Int
    /// Share of queries with at least one supporting row among the first k.
    package let anyHit: Estimate
    /// Share of a query's supporting rows that are among the first k, averaged over queries.
    package let strict: Estimate
  }

  /// Queries that have supporting rows; only they count.
  package let queryCount: Int
  package let skippedCount: Int
  /// Mean of 1 / rank of the first supporting row.
  package let meanReciprocalRank: Estimate
  package let atK: [AtK]

  /// `ranks` has for each query what `Ranking.ranks` gives; empty for a query without supporting rows.
  package init(ranks: [[Int]], ks: [Int]) {
    let answerable = ranks.filter { !$0.isEmpty }
    queryCount = answerable.count
    skippedCount = ranks.count - answerable.count
    meanReciprocalRank = Bootstrap.mean(answerable.map { 1 / Double($0[0]) })
    atK = ks.map { k in
      AtK(
        k: k, anyHit: Bootstrap.mean(answerable.map { $0[0] <= k ? 1 : 0 }),
        strict: Bootstrap.mean(answerable.map { Double($0.count { $0 <= k }) / Double($0.count) }))
    }
  }
}
