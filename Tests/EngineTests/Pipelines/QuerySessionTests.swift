import Foundation
import Testing

@testable import Engine

struct QuerySessionTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  private func session(
    _ collection: IndexConfig, stored: PreprocessConfig = PreprocessConfig(),
    change: (inout QueryConfig) -> Void = { _ in }
  ) throws -> QuerySession {
    try fixture.build(collection, stored)
    var configuration = QueryConfig()
    configuration.index = collection.runPath
    change(&configuration)
    return try QuerySession(configuration, collection: collection, stored: stored)
  }

  @Test func aDocumentsOwnTextFindsItAndIsNeverFurtherThanOne() throws {
    let texts = ["The quick brown fox jumps.", "She sells sea shells by the sea shore.", "one two three four five"]
    let path = try fixture.data(texts)
    let session = try session(fixture.configuration("index") { $0.data.dataset = path }) { $0.topK = 2 }
    for (row, text) in texts.enumerated() {
      let answer = try session.ask(text)
      #expect(answer.top.count == 2 && answer.bottom.count == 2)
      #expect(answer.top[0].row == row && answer.top[0].text == text)
      // A cosine with itself; its loss is a mean there and a sum here, which does not turn the gradient.
      #expect(abs(answer.top[0].score - 1) < 1e-5)
      #expect(answer.loss > 0)
    }
  }

  @Test func aTextWithoutATokenToPredictIsRefused() throws {
    let session = try session(fixture.configuration("index"))
    for text in ["", "a"] {
      #expect(throws: QueryError.tooShort(text: text)) { try session.ask(text) }
    }
    let error = #expect(throws: QueryError.self) { try session.ask(String(repeating: "word ", count: 1000)) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("the model reads at most 256"))
  }

  @Test func aTokenThatTheModelDoesNotHaveIsRefused() throws {
    // A model of 32 tokens with a tokenizer of 384.
    let directory = fixture.url("tiny")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try TinyGPTNeoX().write(TinyGPTNeoX().weights(), to: directory)
    try Data(#"{"input_ids": [1, 2, 3]}"#.utf8).write(to: fixture.url("ids.jsonl"))
    let data = fixture.url("ids.jsonl").path
    let session = try session(
      fixture.configuration("index") {
        $0.model = directory.path
        $0.tokenizer = FixtureSet.gptNeoX.path("model")
        $0.data.dataset = data
      })
    let error = #expect(throws: QueryError.self) { try session.ask("The quick") }
    #expect("\(error.map { "\($0)" } ?? "")".contains("is not one of the model's 32"))
  }

  @Test func anAggregateIsNoIndex() throws {
    var stored = PreprocessConfig()
    stored.aggregation = .mean
    let error = #expect(throws: QueryError.self) { _ = try session(fixture.configuration("mean"), stored: stored) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("holds one aggregated row"))
  }

  @Test func repeatedAndLeftOutDocumentsAreShownByTheirOwnText() throws {
    let texts = ["The quick brown fox jumps.", "She sells sea shells by the sea shore."]
    let path = try fixture.data(texts)
    let once = fixture.configuration("once") { $0.data.dataset = path }
    let lengths = try CollectionInputs(once, RunContext()).tokens.lengths.map(Int.init)
    let session = try session(
      fixture.configuration("repeated") {
        $0.data.dataset = path
        $0.maxTokens = 2 * (lengths[0] + lengths[1]) + lengths[0]
      }
    ) { $0.topK = 5 }
    for (row, text) in texts.enumerated() {
      let top = try session.ask(text).top
      #expect(top.count == 5)
      #expect(top.map(\.text).prefix(row == 0 ? 3 : 2).allSatisfy { $0 == text })
      for hit in top { #expect(hit.text == texts[hit.row % 2]) }
    }
    let prefix = try self.session(
      fixture.configuration("prefix") {
        $0.data.dataset = path
        $0.maxTokens = lengths[0] + 1
      }
    ) { $0.topK = 5 }
    #expect(try prefix.ask(texts[1]).top.map(\.text) == [texts[0]])
  }

  @Test func dataThatHasChangedIsRefused() throws {
    let path = try fixture.data(["one two three", "four five six"])
    let collection = fixture.configuration("index") { $0.data.dataset = path }
    try fixture.build(collection)
    _ = try fixture.data(["one two three"])
    var configuration = QueryConfig()
    configuration.index = collection.runPath
    #expect(throws: QueryError.dataChanged(path: path, rows: 1, expected: 2)) {
      _ = try QuerySession(configuration, collection: collection, stored: PreprocessConfig())
    }
  }
}
