import Testing

@testable import Engine

struct RecallTests {
  /// Sorts all rows stably.
  private func naiveRanks(of supporting: [Int], in scores: [Float], order: TopK.Order) -> [Int] {
    let rows = scores.indices.sorted {
      if scores[$0].isNaN != scores[$1].isNaN { return scores[$1].isNaN }
      if scores[$0] == scores[$1] || scores[$0].isNaN { return $0 < $1 }
      return order == .largest ? scores[$0] > scores[$1] : scores[$0] < scores[$1]
    }
    return rows.enumerated().filter { supporting.contains($0.element) }.map { $0.offset + 1 }
  }

  @Test(arguments: [1, 3, 7, 17, 101], [TopK.Order.largest, .smallest])
  func ranksAreThoseOfAStableSort(count: Int, order: TopK.Order) {
    let scores = (0..<count).map { $0 % 13 == 12 ? Float.nan : Float(($0 * 31) % 5) }
    for step in [1, 2, 5] {
      let supporting = Array(stride(from: count - 1, through: 0, by: -step))
      #expect(
        Ranking.ranks(of: supporting, in: scores, order: order)
          == naiveRanks(of: supporting, in: scores, order: order))
    }
  }

  @Test func queriesWithoutSupportAreCountedApart() {
    let recall = Recall(ranks: [[2, 5], [], [1]], ks: [1, 2])
    #expect(recall.queryCount == 2)
    #expect(recall.skippedCount == 1)
    #expect(recall.meanReciprocalRank.value == 0.75)
    #expect(recall.atK.map(\.anyHit.value) == [0.5, 1])
    #expect(recall.atK.map(\.strict.value) == [0.5, 0.75])
  }

  @Test func aRowNamedTwiceCountsOnce() {
    #expect(Ranking.ranks(of: [1, 1, 0], in: [1, 2, 3]) == [2, 3])
  }

  @Test func nothingToEstimateIsNotZero() {
    let recall = Recall(ranks: [[]], ks: [1])
    #expect(recall.meanReciprocalRank.value.isNaN)
    #expect(recall.atK[0].anyHit.low.isNaN)
  }

  @Test func theIntervalIsAboutThatOfTheNormalApproximation() {
    // 400 coin tosses, 200 heads: 1.96 * sqrt(0.25 / 400) = 0.049 either side.
    let estimate = Bootstrap.mean((0..<400).map { Double($0 % 2) })
    #expect(estimate.value == 0.5)
    #expect(abs(estimate.low - 0.451) < 0.006)
    #expect(abs(estimate.high - 0.549) < 0.006)
    #expect(estimate == Bootstrap.mean((0..<400).map { Double($0 % 2) }))
  }

  @Test func equalValuesHaveNoUncertainty() {
    #expect(Bootstrap.mean([0.25, 0.25, 0.25]) == Estimate(value: 0.25, low: 0.25, high: 0.25))
  }
}
