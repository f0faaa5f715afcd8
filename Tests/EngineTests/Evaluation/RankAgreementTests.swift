import Testing

@testable import Engine

@Suite struct RankAgreementTests {
  /// By its definition, over all pairs.
  private static func naiveKendall(_ a: [Double], _ b: [Double]) -> Double? {
    var (difference, pairsOfA, pairsOfB) = (0.0, 0.0, 0.0)
    for i in a.indices {
      for j in a.indices.dropFirst(i + 1) {
        let (x, y) = ((a[i] - a[j]).signum, (b[i] - b[j]).signum)
        difference += x * y
        pairsOfA += x * x
        pairsOfB += y * y
      }
    }
    let scale = (pairsOfA * pairsOfB).squareRoot()
    return scale > 0 ? difference / scale : nil
  }

  @Test(arguments: [1, 2, 3, 7, 17, 64, 100]) func kendallAgreesWithItsDefinition(count: Int) {
    var generator = SplitMix64(state: UInt64(count))
    for ties in [3, 1000] {
      let values = (0..<2).map { _ in (0..<count).map { _ in Double(generator.next() % UInt64(ties)) } }
      let (fast, naive) = (RankAgreement.kendall(values[0], values[1]), Self.naiveKendall(values[0], values[1]))
      #expect((fast == nil) == (naive == nil))
      // The same integers, in another order of additions.
      if let fast, let naive { #expect(abs(fast - naive) < 1e-14) }
    }
  }

  @Test func extremesAreOneAndMinusOne() {
    let values = [0.5, 3, -2, 8, 1]
    #expect(RankAgreement.kendall(values, values) == 1)
    #expect(RankAgreement.kendall(values, values.map { -$0 }) == -1)
    #expect(RankAgreement.kendall([1, 1], [1, 2]) == nil && RankAgreement.kendall([], []) == nil)
  }

  @Test func rankingsHaveEqualScoresInTheirOrder() {
    #expect(RankAgreement.ranking([1, 3, 1, 3, 2]) == [1, 3, 4, 0, 2])
  }

  @Test func overlapCountsTheFirst() {
    #expect(RankAgreement.topOverlap([0, 1, 2, 3], [1, 0, 3, 2], k: 1) == 0)
    #expect(RankAgreement.topOverlap([0, 1, 2, 3], [1, 0, 3, 2], k: 2) == 1)
    #expect(RankAgreement.topOverlap([0, 1, 2, 3], [1, 0, 3, 2], k: 3) == 2.0 / 3)
  }

  @Test func rankBiasedOverlapWeighsTheBeginning() throws {
    let same = try #require(RankAgreement.rankBiasedOverlap([4, 2, 0], [4, 2, 0]))
    #expect(abs(same - 1) < 1e-15)
    // Overlaps 0, 1 and 1 of depths 1, 2 and 3; p = 1/2:  1 · 1/8 + (1/2)/(1/2) · (0 + 1/4 + 1/8) = 1/2.
    let swapped = try #require(RankAgreement.rankBiasedOverlap([0, 1, 2], [1, 0, 2], persistence: 0.5))
    #expect(abs(swapped - 0.5) < 1e-15)
    let late = try #require(RankAgreement.rankBiasedOverlap([0, 1, 2], [0, 2, 1], persistence: 0.5))
    #expect(late > swapped)
    #expect(RankAgreement.rankBiasedOverlap([], []) == nil)
  }
}

extension Double {
  fileprivate var signum: Double { self > 0 ? 1 : self < 0 ? -1 : 0 }
}
