import Testing

@testable import Reports

struct HistogramChartTests {
  private func chart(_ bins: [(Double, Double, Int)]) -> String {
    HistogramChart(
      bins: bins.map { .init(lower: $0.0, upper: $0.1, count: $0.2) }, title: "Scores <1>", description: "words",
      horizontalLabel: "score", verticalLabel: "count"
    ).draw().source
  }

  private func heights(_ source: String) -> [Double] {
    source.matches(of: /<rect [^>]*height="([0-9.]+)"/).compactMap { Double($0.output.1) }
  }

  @Test func itIsAnImageWithTitleAndDescriptionForThoseWhoCannotSeeIt() {
    let source = chart([(-1, 0, 3), (0, 1, 4)])
    #expect(source.hasPrefix("<svg viewBox=\"0 0 720 320\" role=\"img\""))
    #expect(source.contains("<title id=\"distribution-title\">Scores &lt;1&gt;</title>"))
    #expect(source.contains("<desc id=\"distribution-description\">words</desc>"))
  }

  @Test func heightsAreLogarithmic() {
    // From 0.5 up: 5, 50 and 500 are 1, 2 and 3 factors of ten above the base.
    let heights = heights(chart([(-1, 0, 5), (0, 1, 50), (1, 2, 500)]))
    #expect(abs(heights[1] / heights[0] - 2) < 0.001)
    #expect(abs(heights[2] / heights[0] - 3) < 0.001)
  }

  @Test func aSingleScoreHasABarAndAnEmptyBinHasNone() {
    let heights = heights(chart([(-1, 0, 1), (0, 1, 0), (1, 2, 100_000)]))
    #expect(heights.count == 2)
    #expect(heights[0] > 5)
  }

  @Test func sidesOfZeroAreTold() {
    let source = chart([(-3, -1, 1), (-1, 1, 1), (1, 3, 1)])
    #expect(source.contains("bar negative") && source.contains("bar around-zero") && source.contains("bar positive"))
    #expect(source.contains(">zero</text>"))
    #expect(!chart([(1, 2, 5)]).contains(">zero</text>"))
  }

  @Test func scoresThatAreAllEqualOrUncountedCanBeDrawn() {
    #expect(heights(chart([(0.5, 0.5, 7)])).count == 1)
    #expect(heights(chart([(0, 1, 0)])).isEmpty)
    #expect(!chart([(0, 0, 0)]).contains("nan"))
  }

  @Test(arguments: [
    (-0.4, 0.5, [-0.4, -0.2, 0, 0.2, 0.4]), (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (3, 3, [3]),
    (-1e-9, 1e-9, [-1e-9, -5e-10, 0, 5e-10, 1e-9]),
  ])
  func ticksAreRound(lower: Double, upper: Double, ticks: [Double]) {
    let made = HistogramChart.ticks(from: lower, to: upper)
    #expect(made.count == ticks.count)
    // Products of the step are off by an ulp or so.
    #expect(zip(made, ticks).allSatisfy { abs($0 - $1) <= 1e-12 * max(abs(lower), abs(upper)) })
  }
}
