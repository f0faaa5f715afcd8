import Foundation
import Testing

@testable import Engine

@Suite struct AttributionSummaryTests {
  /// Scores the fixture's documents against themselves: each must find itself first.
  private func outcome(_ scratch: Scratch, _ rows: String, column: String) throws -> RunOutcome {
    let data = scratch.url.appendingPathComponent("data.jsonl")
    try Data(rows.utf8).write(to: data)
    var index = IndexConfig()
    index.model = FixtureSet.gptNeoX.path("model")
    index.data.dataset = data.path
    index.projectionDim = 8
    index.skipPreconditioners = true
    index.runPath = scratch.url.appendingPathComponent("queries").path
    _ = try BuildPipeline(index, PreprocessConfig()).run(RunContext())
    var score = ScoreConfig()
    score.queryPath = index.runPath
    score.supportingColumn = column
    var preprocess = PreprocessConfig()
    preprocess.unitNormalize = true
    var scored = index
    scored.runPath = scratch.url.appendingPathComponent("scores").path
    return try ScorePipeline(
      score, scored, preprocess, queries: .init(preprocess: PreprocessConfig(), data: index.data)
    ).run(RunContext())
  }

  private static let rows = """
    {"text": "The quick brown fox", "own": [0]}
    {"text": "A small village by the forest", "own": [1]}
    {"text": "x", "own": []}
    {"text": "Bread needs flour and water", "own": [3]}

    """

  @Test func everyDocumentFindsItselfFirst() throws {
    let scratch = try Scratch()
    let outcome = try outcome(scratch, Self.rows, column: "own")
    let summary = try #require(outcome.summary)
    #expect(summary.queries.map(\.text)[0] == "The quick brown fox")
    for query in [0, 1, 3] {
      #expect(summary.top[query][0].row == query)
      #expect(abs(summary.top[query][0].score - 1) < 1e-5)
      // The document of one token has no gradient, so it has no score and is no hit.
      #expect(!summary.top[query].contains { $0.row == 2 } && summary.top[query].count == 3)
      #expect(summary.bottom[query].map(\.row) == summary.top[query].map(\.row).reversed())
    }
    #expect(summary.documents.map(\.row) == [0, 1, 3])
    let histogram = try #require(summary.histogram)
    #expect(histogram.counts.reduce(0, +) == 3 * 4)
    #expect(abs(histogram.highest - 1) < 1e-5 && histogram.lowest >= -1.00001)
    func value(_ method: String, _ k: Int) -> Double? {
      summary.evaluations.first { $0.method == method && $0.metric == "recall" && $0.k == k }?.value
    }
    #expect(value("attribution", 1) == 1 && value("bm25", 1) == 1)
    #expect(value("random", 1).map { abs($0 - 0.25) < 1e-12 } == true)
    #expect(outcome.warnings.contains { $0.contains("under two tokens") })
  }

  @Test func whatIsNoListOfRowsIsAnErrorWithItsLine() throws {
    let scratch = try Scratch()
    let rows = Self.rows.replacingOccurrences(of: "[1]", with: "\"one\"")
    #expect(throws: EvaluationError.self) { try outcome(scratch, rows, column: "own") }
    #expect(throws: DataError.self) { try outcome(try Scratch(), Self.rows, column: "nowhere") }
  }
}
