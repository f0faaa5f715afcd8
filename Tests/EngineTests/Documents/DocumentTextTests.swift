import Foundation
import Testing

@testable import Engine

@Suite struct DocumentTextTests {
  private func text(_ columns: JSONObject, chat: Bool = true, _ change: (inout DataConfig) -> Void) throws -> String {
    let directory = URL(fileURLWithPath: FixtureSet.gptNeoX.path("model"))
    let tokenizer =
      try chat
      ? Tokenizer(directory: directory)
      : Tokenizer(json: Data(contentsOf: directory.appendingPathComponent("tokenizer.json")), configuration: nil)
    var configuration = DataConfig()
    change(&configuration)
    return try DocumentText(configuration, tokenizer: tokenizer)
      .text(of: Record(row: 7, file: "d.jsonl", line: 8, columns: columns))
  }

  @Test func aCompletionFollowsItsPromptAsTheModelReadsThem() throws {
    let row: JSONObject = ["p": .string("2 + 2 ="), "c": .string(" 4")]
    #expect(try text(row, chat: false) { ($0.promptColumn, $0.completionColumn) = ("p", "c") } == "2 + 2 = 4")
    #expect(
      try text(row) { ($0.promptColumn, $0.completionColumn) = ("p", "c") } == "user: 2 + 2 =\nassistant:  4")
  }

  @Test func ofAConversationEachMessageIsShownBehindItsRole() throws {
    let messages: [JSONValue] = [
      .object([
        "role": .string("user"),
        "content": .array([.object(["text": .string("a")]), .object([:]), .object(["text": .string("b")])]),
      ]),
      .object(["role": .string("assistant"), "content": .null]),
      .object(["role": .string("assistant"), "content": .string("c\nd")]),
    ]
    #expect(
      try text(["m": .array(messages)]) { $0.conversationColumn = "m" } == "user: a b\nassistant: \nassistant: c\nd")
  }

  @Test func tokensAreShownAsTheirText() throws {
    let tokenizer = try Tokenizer(directory: URL(fileURLWithPath: FixtureSet.gptNeoX.path("model")))
    let ids = try tokenizer.encode("one two<|endoftext|>three").ids
    let row: JSONObject = ["input_ids": .array(ids.map { .integer(Int($0)) })]
    #expect(try text(row) { _ in } == "one two<|endoftext|>three")
    // Ids that the model has and its tokenizer has not.
    #expect(try text(["input_ids": .array([.integer(1_000_000)])]) { _ in } == "(row 7, given as token ids)")
  }

  @Test func aTemplateIsShownRendered() throws {
    let row: JSONObject = [
      "question": .string(" Why? "), "choices": .array(["a", "b", "c", "d"].map { .string($0) }), "answer": .integer(2),
    ]
    let shown = try text(row, chat: false) { $0.formatTemplate = FixtureSet.gptNeoX.path("template_mcq.yaml") }
    #expect(shown == "Why?\nA. a\nB. b\nC. c\nD. d\nAnswer:C")
  }
}
