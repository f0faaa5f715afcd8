/// How far two runs rank the same documents alike for one query.
import Engine

struct RankingAgreement {
  /// Nil where they are not defined, as for scores that are all equal.
  let spearman: Double?
  let kendall: Double?
  /// Shares of the first documents that both have among their first.
  let topTen: Double
  let topHundred: Double
  let rankBiasedOverlap: Double?
  /// Places of the documents in either order.
  let rankings: [[Int]]

  /// - Parameters: scores of the same documents, none of them NaN; at least one.
  init(_ x: [Double], _ y: [Double]) {
    precondition(!x.isEmpty, "an order of no documents")
    let (first, second) = (RankAgreement.ranking(x), RankAgreement.ranking(y))
    spearman = Spearman.correlation(x, y)
    kendall = RankAgreement.kendall(x, y)
    topTen = RankAgreement.topOverlap(first, second, k: min(10, x.count))
    topHundred = RankAgreement.topOverlap(first, second, k: min(100, x.count))
    rankBiasedOverlap = RankAgreement.rankBiasedOverlap(first, second)
    rankings = [first, second]
  }
}
