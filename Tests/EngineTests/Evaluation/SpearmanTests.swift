import Testing

@testable import Engine

struct SpearmanTests {
  /// Values of scipy.stats.spearmanr 1.17.1.
  @Test(arguments: [
    ([1.0, 2, 3, 4, 5], [5.0, 6, 7, 8, 7], 0.8207826816681233),
    ([3.0, 3, 3, 1, 2, 2, 9], [1.0, 2, 2, 2, 2, 7, 8], 0.17549102954075846),
    ([0.5, -1, 2, 2, 0], [1.0, 3, -4, -4, 2], -1.0),
    ([1.0, 2], [2.0, 1], -1.0),
  ])
  func tiesShareTheMeanOfTheirRanks(a: [Double], b: [Double], expected: Double) throws {
    #expect(abs(try #require(Spearman.correlation(a, b)) - expected) < 1e-12)
    #expect(abs(try #require(Spearman.correlation(b, a)) - expected) < 1e-12)
  }

  @Test func ranksCountFromOne() {
    #expect(Spearman.ranks([30, 10, 20, 10]) == [4, 1.5, 3, 1.5])
    #expect(Spearman.ranks([]) == [])
  }

  @Test func onlyTheOrderCounts() throws {
    let values = [0.1, 3, -2, 7, 7, 1e300]
    #expect(Spearman.correlation(values, values.map { $0 * 2 - 1 }) == Spearman.correlation(values, values))
    #expect(abs(try #require(Spearman.correlation(values, values.map { -$0 })) + 1) < 1e-12)
    #expect(abs(try #require(Spearman.correlation([-Double.infinity, 0, .infinity], [1, 2, 3])) - 1) < 1e-12)
  }

  @Test func equalValuesHaveNoOrderToCompare() {
    #expect(Spearman.correlation([1, 1, 1], [1, 2, 3]) == nil)
    #expect(Spearman.correlation([1, 2, 3], [0, -0.0, 0]) == nil)
    #expect(Spearman.correlation([1], [1]) == nil)
    #expect(Spearman.correlation([], []) == nil)
  }

  @Test func differentNumbersOfValuesAreAMistake() async {
    await #expect(processExitsWith: .failure) { _ = Spearman.correlation([1, 2], [1, 2, 3]) }
  }
}
