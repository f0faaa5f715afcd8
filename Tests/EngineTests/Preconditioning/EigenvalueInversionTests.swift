import Testing

@testable import Engine

/// Every formula on a spectrum made by hand: a negative eigenvalue, which is rounding and counts as 0, a zero, and three
/// of different sizes. The mean of the clamped values is 4.
struct EigenvalueInversionTests {
  private static let spectrum = [-1.0, 0, 2, 6, 12]

  private func inverse(_ inversion: EigenvalueInversion, _ spectrum: [Double] = spectrum, c: Double) -> [Double] {
    InversionConfig(inversion: inversion, dampingFactor: c).inverse(ofSpectrum: spectrum, meanAbsoluteEntry: 3)
  }

  @Test(arguments: [EigenvalueInversion.dampedInverse, .factoredTikhonov]) func dampingIsAShareOfTheMean(
    inversion: EigenvalueInversion
  ) {
    // 1 / (λ + 0.5 * 4)
    let denominators: [Double] = [2, 2, 4, 8, 14]
    #expect(inverse(inversion, c: 0.5) == denominators.map { 1 / $0 })
  }

  @Test func absoluteDampingIsTheFactorItself() {
    let denominators: [Double] = [0.5, 0.5, 2.5, 6.5, 12.5]
    #expect(inverse(.absoluteDampedInverse, c: 0.5) == denominators.map { 1 / $0 })
  }

  @Test func thePseudoinverseDropsWhatIsBelowAShareOfTheMean() {
    let (sixth, twelfth) = (1.0 / 6, 1.0 / 12)
    #expect(inverse(.pseudoinverse, c: 0.5) == [0, 0, 0, sixth, twelfth])  // 2 is not above 0.5 * 4
    #expect(inverse(.pseudoinverse, c: 0) == [0, 0, 0.5, sixth, twelfth])
  }

  @Test func theFilteredInverseFadesSmallEigenvalues() {
    // λ / (λ² + 2²)
    let quotients: [(Double, Double)] = [(0, 4), (0, 4), (2, 8), (6, 40), (12, 148)]
    #expect(inverse(.tikhonovFiltered, c: 0.5) == quotients.map { $0 / $1 })
  }

  @Test func theOldDampingIsAShareOfTheMeanEntry() {
    // 1 / (λ + 0.5 * 3)
    let denominators: [Double] = [1.5, 1.5, 3.5, 7.5, 13.5]
    #expect(inverse(.meanAbsDamped, c: 0.5) == denominators.map { 1 / $0 })
  }

  @Test(arguments: EigenvalueInversion.allCases) func nothingIsInvertedToNothing(inversion: EigenvalueInversion) {
    #expect(inverse(inversion, [], c: 0.1) == [])
    // No damping and no eigenvalue: no direction may be amplified without limit.
    #expect(inverse(inversion, [0, -1], c: 0).allSatisfy { $0 == 0 })
  }

  @Test(arguments: EigenvalueInversion.allCases) func withoutDampingItIsTheInverse(inversion: EigenvalueInversion) {
    #expect(inverse(inversion, [0.25, 2, 8], c: 0) == [4, 0.5, 0.125])
  }
}
