import Foundation
import Synchronization
import Testing

@testable import Engine

/// An evaluation that cannot be done is refused before the first document is read by the model.
@Suite struct SupportingRowsTests {
  private let fixture: PipelineFixture

  init() throws {
    fixture = try PipelineFixture()
    try fixture.build(fixture.configuration("queries") { $0.data.split = "train[:3]" })
  }

  /// Scores with a column of the queries' data; returns the error and whether a pass had begun.
  private func refusal(
    column: String, queryData: String? = nil, preprocess: PreprocessConfig = PreprocessConfig(),
    change: @escaping (inout ScoreConfig) -> Void = { _ in }
  ) throws -> (error: String, began: Bool) {
    let began = Mutex(false)
    let context = RunContext(progress: { _ in began.withLock { $0 = true } })
    let configuration = fixture.configuration("scores") { $0.data.split = "train[:3]" }
    let error = #expect(throws: (any Error).self) {
      try fixture.score("queries", configuration, preprocess, queryData: queryData, context: context) {
        $0.supportingColumn = column
        change(&$0)
      }
    }
    #expect(fixture.isGone("scores"))
    return ("\(try #require(error))", began.withLock { $0 })
  }

  private func queryFile(_ lines: String...) throws -> String {
    let file = fixture.url("queries.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: file)
    return file.path
  }

  @Test func aMissingColumnIsRefusedBeforeThePass() throws {
    let (error, began) = try refusal(column: "gold")
    #expect(error.contains("no column 'gold'") && !began)
  }

  @Test func rowNumbersThatAreNoneAreRefusedBeforeThePass() throws {
    let data = try queryFile(
      #"{"text": "a", "gold": [0]}"#, #"{"text": "b", "gold": "1"}"#, #"{"text": "c", "gold": []}"#)
    let (error, began) = try refusal(column: "gold", queryData: data)
    #expect(error.contains("queries.jsonl, line 2: 'gold' must be a list of row numbers") && !began)
  }

  @Test func rowsThatAreNotScoredLeaveNothingToFind() throws {
    let data = try queryFile(
      #"{"text": "a", "gold": [7]}"#, #"{"text": "b", "gold": [8]}"#, #"{"text": "c", "gold": []}"#)
    let (error, began) = try refusal(column: "gold", queryData: data)
    #expect(error.contains("no row that 'gold' names is among the scored documents") && !began)
  }

  @Test func oneScoreForAllQueriesCannotBeEvaluated() throws {
    let data = try queryFile(
      #"{"text": "a", "gold": [0]}"#, #"{"text": "b", "gold": [1]}"#, #"{"text": "c", "gold": []}"#)
    let (error, began) = try refusal(column: "gold", queryData: data) { $0.score = .nearest }
    #expect(error.contains("--supporting_column needs a score for every query, this run has 1") && !began)
  }

  @Test func queriesThatHaveChangedAreRefusedWithBothCounts() throws {
    let data = try queryFile(#"{"text": "a", "gold": [0]}"#)
    let (error, began) = try refusal(column: "gold", queryData: data)
    #expect(error.contains("has 1 rows, their gradients 3") && !began)
  }
}
