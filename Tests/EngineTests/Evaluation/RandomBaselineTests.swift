import Testing

@testable import Engine

struct RandomBaselineTests {
  /// Every set of G ranks out of N is equally likely: average `Recall` over all of them.
  private func exhaustive(supporting: Int, rowCount: Int, ks: [Int]) -> Recall {
    let sets = (0..<1 << rowCount).filter { $0.nonzeroBitCount == supporting }
    return Recall(ranks: sets.map { set in (1...rowCount).filter { set >> ($0 - 1) & 1 == 1 } }, ks: ks)
  }

  @Test(arguments: [(1, 1), (1, 7), (2, 7), (3, 8), (8, 8), (5, 9)])
  func theExpectationIsTheMeanOverAllRankings(supporting: Int, rowCount: Int) {
    let ks = [0, 1, 3, 5, rowCount, rowCount + 4]
    let baseline = RandomBaseline(supportingCounts: [supporting], rowCount: rowCount, ks: ks)
    let expected = exhaustive(supporting: supporting, rowCount: rowCount, ks: ks)
    #expect(abs(baseline.meanReciprocalRank - expected.meanReciprocalRank.value) < 1e-12)
    for (ours, theirs) in zip(baseline.atK, expected.atK) {
      #expect(ours.k == theirs.k)
      #expect(abs(ours.anyHit - theirs.anyHit.value) < 1e-12, "k = \(ours.k)")
      #expect(abs(ours.strict - theirs.strict.value) < 1e-12, "k = \(ours.k)")
    }
  }

  @Test func queriesAreAveragedAndThoseWithoutSupportLeftOut() {
    let one = RandomBaseline(supportingCounts: [1], rowCount: 10, ks: [2])
    let three = RandomBaseline(supportingCounts: [3], rowCount: 10, ks: [2])
    let both = RandomBaseline(supportingCounts: [3, 0, 1], rowCount: 10, ks: [2])
    #expect(abs(both.atK[0].anyHit - (one.atK[0].anyHit + three.atK[0].anyHit) / 2) < 1e-12)
    #expect(abs(both.meanReciprocalRank - (one.meanReciprocalRank + three.meanReciprocalRank) / 2) < 1e-12)
    #expect(both.atK[0].strict == 0.2)
  }

  @Test func noQueriesExpectNothing() {
    let baseline = RandomBaseline(supportingCounts: [0], rowCount: 10, ks: [1])
    #expect(baseline.meanReciprocalRank.isNaN)
    #expect(baseline.atK[0].anyHit.isNaN)
    #expect(baseline.atK[0].strict.isNaN)
  }
}
