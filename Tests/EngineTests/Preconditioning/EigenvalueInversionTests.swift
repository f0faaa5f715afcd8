import Testing

@testable import Engine

@Suite struct EigenvalueInversionTests {
  /// Clamped: 0, 0, 1, 3; mean 1. Damping factor 0.5.
  private static let spectrum: [Double] = [-2, 0, 1, 3]

  private static let expected: [EigenvalueInversion: [Double]] = [
    .dampedInverse: [2.0, 2.0, 1 / 1.5, 1 / 3.5],
    .factoredTikhonov: [2.0, 2.0, 1 / 1.5, 1 / 3.5],
    .absoluteDampedInverse: [2.0, 2.0, 1 / 1.5, 1 / 3.5],
    .pseudoinverse: [0.0, 0.0, 1.0, 1 / 3.0],
    .tikhonovFiltered: [0.0, 0.0, 1 / 1.25, 3 / 9.25],
    .meanAbsDamped: [1 / 5.0, 1 / 5.0, 1 / 6.0, 1 / 8.0],
  ]

  @Test(arguments: EigenvalueInversion.allCases)
  func formulasHoldOnASpectrumMadeByHand(inversion: EigenvalueInversion) throws {
    let configuration = InversionConfig(inversion: inversion, dampingFactor: 0.5)
    let own = configuration.inverse(ofSpectrum: Self.spectrum, meanAbsoluteEntry: 10)
    for (value, expected) in zip(own, try #require(Self.expected[inversion])) { #expect(abs(value - expected) < 1e-15) }
  }

  @Test(arguments: EigenvalueInversion.allCases) func nothingIsInvertedToNothing(inversion: EigenvalueInversion) {
    let configuration = InversionConfig(inversion: inversion, dampingFactor: 0)
    #expect(configuration.inverse(ofSpectrum: [0, 0], meanAbsoluteEntry: 0) == [0, 0])
  }
}
