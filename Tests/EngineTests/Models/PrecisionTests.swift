import Foundation
import Testing

@testable import Engine

/// `docs/precision.md` says what every precision costs on `Fixtures/llama`; here it is measured again.
struct PrecisionTests {
  struct Cost {
    var median: Double
    var largest: Double
    var smallestCosine: Double
    var rankCorrelation: Double
    var kept: Double
  }

  private static let best = 5

  /// The page's own row: the first table that has the precision and six columns.
  private func documented(_ precision: Precision) throws -> Cost {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/precision.md")
    let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let row = try #require(rows.first { $0.count == 6 && $0[0] == "`\(precision.rawValue)`" })
    let numbers = try row.dropFirst().map { try #require(Double($0.replacing("%", with: ""))) }
    return Cost(
      median: numbers[0], largest: numbers[1], smallestCosine: numbers[2], rankCorrelation: numbers[3],
      kept: numbers[4] / 100)
  }

  /// Whole gradients, as an index of that precision holds them.
  private func rows(_ data: String, _ precision: Precision) throws -> [[Double]] {
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    var configuration = IndexConfig()
    configuration.model = FixtureSet.llama.path("model")
    configuration.data.dataset = FixtureSet.llama.path(data)
    configuration.runPath = run.path
    configuration.precision = precision
    configuration.projectionDim = 0
    configuration.skipPreconditioners = true
    _ = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    let index = try GradientIndex(opening: run)
    let values = index.allRows()
    return (0..<index.rowCount).map { row in
      values[row * index.rowWidth..<(row + 1) * index.rowWidth].map(Double.init)
    }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  private func cosine(_ a: [Double], _ b: [Double]) -> Double { dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot() }

  /// Positions from the best score to the worst.
  private func order(_ scores: [Double]) -> [Int] { scores.indices.sorted { scores[$0] > scores[$1] } }

  /// Spearman's: the correlation of ranks, of which no two are equal here.
  private func rankCorrelation(_ a: [Double], _ b: [Double]) -> Double {
    func ranks(_ scores: [Double]) -> [Int] {
      var ranks = [Int](repeating: 0, count: scores.count)
      for (rank, index) in order(scores).enumerated() { ranks[index] = rank }
      return ranks
    }
    let count = Double(a.count)
    let squares = zip(ranks(a), ranks(b)).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    return 1 - 6 * squares / (count * (count * count - 1))
  }

  private func measure(_ precision: Precision) throws -> Cost {
    let (exact, exactQueries) = (try rows("data.jsonl", .fp32), try rows("query.jsonl", .fp32))
    let (own, queries) = (try rows("data.jsonl", precision), try rows("query.jsonl", precision))
    let distances = zip(own, exact).map { own, exact in
      let difference = zip(own, exact).map { $0 - $1 }
      return (dot(difference, difference) / dot(exact, exact)).squareRoot()
    }.sorted()
    var (correlation, kept) = (0.0, 0.0)
    for (query, exactQuery) in zip(queries, exactQueries) {
      let scores = own.map { cosine($0, query) }
      let exactScores = exact.map { cosine($0, exactQuery) }
      correlation += rankCorrelation(scores, exactScores)
      kept += Double(Set(order(scores).prefix(Self.best)).intersection(order(exactScores).prefix(Self.best)).count)
    }
    let middle = distances.count / 2
    return Cost(
      median: (distances[middle - 1] + distances[middle]) / 2, largest: distances[distances.count - 1],
      smallestCosine: zip(own, exact).map(cosine).min() ?? 0, rankCorrelation: correlation / Double(queries.count),
      kept: kept / Double(queries.count * Self.best))
  }

  @Test(arguments: [Precision.bf16, .fp16, .int8, .int4]) func thePageSaysWhatItCosts(precision: Precision) throws {
    let (page, own) = (try documented(precision), try measure(precision))
    // Rounding of weights is what it is; that of products differs between processors, and is a thousandth of it.
    #expect(abs(own.median / page.median - 1) < 0.02, "\(own)")
    #expect(abs(own.largest / page.largest - 1) < 0.02, "\(own)")
    #expect(
      abs((1 - own.smallestCosine) - (1 - page.smallestCosine)) < 0.05 * (1 - page.smallestCosine) + 5e-7, "\(own)")
    // A pair of documents that nearly tie may change places.
    #expect(abs(own.rankCorrelation - page.rankCorrelation) < 0.01, "\(own)")
    #expect(abs(own.kept - page.kept) <= 0.05, "\(own)")
  }
}
