import Foundation
import Testing

@testable import Engine

/// What a score run tells of its scores.
struct AttributionSummarizerTests {
  private let fixture: PipelineFixture
  private static let texts = [
    "The mitochondria is the powerhouse of the cell.", "a", "She sells sea shells by the sea shore.",
    "The quick brown fox jumps over the lazy dog.", "In 1969, two people walked on the Moon.",
  ]

  init() throws { fixture = try PipelineFixture() }

  /// Queries are documents 2 and 4 themselves, so that with unit norm each finds itself.
  private func run(supporting: Bool, change: (inout ScoreConfig) -> Void = { _ in }) throws -> RunOutcome {
    let data = try fixture.data(Self.texts)
    let lines = [2, 4].map { "{\"text\": \"\(Self.texts[$0])\", \"facts\": [\($0)]}\n" }
    try Data(lines.joined().utf8).write(to: fixture.url("queries.jsonl"))
    let queryData = fixture.url("queries.jsonl").path
    try fixture.build(fixture.configuration("queries") { $0.data.dataset = queryData })
    var preprocess = PreprocessConfig()
    preprocess.unitNormalize = true
    return try fixture.score(
      "queries", fixture.configuration("scores") { $0.data.dataset = data }, preprocess, queryData: queryData
    ) { score in
      if supporting { score.supportingColumn = "facts" }
      change(&score)
    }
  }

  @Test func hitsAreSortedAndLeaveOutWhatHasNoScore() throws {
    let summary = try #require(try run(supporting: false).summary)
    #expect(summary.queries == [.init(row: 0, text: Self.texts[2]), .init(row: 1, text: Self.texts[4])])
    #expect(summary.top.map(\.first?.row) == [2, 4])
    for (top, bottom) in zip(summary.top, summary.bottom) {
      #expect(top.map(\.score) == top.map(\.score).sorted(by: >))
      #expect(bottom == top.reversed())
      #expect(top.count == 4 && !top.contains { $0.row == 1 })
      // A cosine with itself, in float32.
      #expect(abs(top[0].score - 1) < 1e-5)
    }
    #expect(summary.documents.map(\.row) == [0, 2, 3, 4])
    #expect(summary.documents.map(\.text) == [0, 2, 3, 4].map { Self.texts[$0] })
    #expect(summary.evaluations.isEmpty)
  }

  @Test func theHistogramCountsEveryWrittenScore() throws {
    let summary = try #require(try run(supporting: false).summary)
    let histogram = try #require(summary.histogram)
    let scores = (summary.top[0] + summary.top[1]).map { Double($0.score) }
    #expect(histogram.counts.reduce(0, +) == 8)
    #expect(histogram.lowest == scores.min() && histogram.highest == scores.max())
    #expect(histogram.counts.first ?? 0 > 0 && histogram.counts.last ?? 0 > 0)
  }

  @Test func aPerfectRankingHasRecallOneBesideItsBaselines() throws {
    let evaluations = try #require(try run(supporting: true).summary?.evaluations)
    func value(_ method: String, _ metric: String, _ k: Int?) throws -> Double {
      try #require(evaluations.first { $0.method == method && $0.metric == metric && $0.k == k }).value
    }
    #expect(try value("attribution", "recall", 1) == 1)
    #expect(try value("attribution", "meanReciprocalRank", nil) == 1)
    // A text finds itself by its words too.
    #expect(try value("bm25", "recall", 1) == 1)
    // One of five documents at random: 1 in 5 is first, and all are among the first ten.
    #expect(abs(try value("random", "recall", 1) - 0.2) < 1e-12)
    #expect(try value("random", "recall", 10) == 1)
    #expect(evaluations.allSatisfy { $0.queries == 2 && ($0.interval == nil) == ($0.method == "random") })
  }

  @Test func anAggregateCannotBeEvaluatedByQuery() throws {
    let error = try #require(throws: EvaluationError.self) { _ = try run(supporting: true) { $0.score = .nearest } }
    #expect(error == .needsOneColumnPerQuery(columns: 1))
    #expect(fixture.isGone("scores"))
  }
}
