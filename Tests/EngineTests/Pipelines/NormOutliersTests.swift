import Foundation
import Testing

@testable import Engine

@Suite struct NormOutliersTests {
  @Test func rowsFarBeyondTheMedianAreNamedLongestFirst() throws {
    let outliers = try #require(NormOutliers([1, 2, 0, 31, 3, 40, 2, 29]))
    #expect(outliers.median == 3 && outliers.largest == 40)
    #expect(outliers.rows == [5, 3])
  }

  @Test func rowsWithoutAFiniteLengthDoNotCount() throws {
    let outliers = try #require(NormOutliers([.nan, .infinity, 0, 2]))
    #expect(outliers.median == 2 && outliers.largest == 2 && outliers.rows.isEmpty)
    #expect(NormOutliers([0, .nan]) == nil)
    #expect(NormOutliers([]) == nil)
  }

  @Test func aRunSaysHowLongGradientsAreAndWarnsOfLongOnes() throws {
    let fixture = try PipelineFixture()
    let plain = try fixture.build(fixture.configuration("plain"))
    let median = try #require(plain.metrics.first { $0.name == "gradientNormMedian" }).value
    let largest = try #require(plain.metrics.first { $0.name == "gradientNormLargest" }).value
    #expect(plain.metrics.contains(RunOutcome.Metric("outlierRows", 0, "rows")))
    let (rows, width) = try fixture.rows("plain")
    let norms = stride(from: 0, to: rows.count, by: width).map { start in
      rows[start..<start + width].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }.sorted()
    #expect(abs(median - norms[(norms.count - 1) / 2]) < 1e-5 * median)
    #expect(abs(largest - norms[norms.count - 1]) < 1e-5 * largest)

    // One document weighs a hundred times as much as the others.
    let lines = (0..<8).map { #"{"text": "two people walked to the sea", "w": \#($0 == 5 ? 100.0 : 1.0)}"# }
    try Data(lines.joined(separator: "\n").utf8).write(to: fixture.url("weighted.jsonl"))
    let weighted = try fixture.build(
      fixture.configuration("weighted") {
        $0.data.dataset = fixture.url("weighted.jsonl").path
        $0.data.advantageColumn = "w"
      })
    #expect(weighted.metrics.contains(RunOutcome.Metric("outlierRows", 1, "rows")))
    #expect(
      weighted.warnings.contains {
        $0.hasPrefix("1 document with a gradient over 10 times as long") && $0.hasSuffix("row 5")
      },
      "\(weighted.warnings)")
  }
}
