import Foundation
import Testing

@testable import Engine

@Suite struct DocumentTokenizerTests {
  /// The fixture's tokenizer without its chat template: prompts are then joined to completions as they are.
  private func tokenizer(chatTemplate: Bool = false) throws -> Tokenizer {
    let directory = URL(fileURLWithPath: FixtureSet.gptNeoX.path("model"))
    if chatTemplate { return try Tokenizer(directory: directory) }
    return try Tokenizer(
      json: Data(contentsOf: directory.appendingPathComponent("tokenizer.json")), configuration: nil)
  }

  private func documents(
    _ tokenizer: Tokenizer, budget: Int = 256, vocabulary: Int = 384, _ change: (inout DataConfig) -> Void = { _ in }
  ) throws -> DocumentTokenizer {
    var configuration = DataConfig()
    change(&configuration)
    return try DocumentTokenizer(
      tokenizer: tokenizer, configuration: configuration, modelMaximum: 256, tokenBudget: budget,
      vocabularySize: vocabulary)
  }

  private func record(_ columns: JSONObject) -> Record {
    Record(row: 3, file: "d.jsonl", line: 4, columns: columns)
  }

  private func integers(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }

  @Test(arguments: [("The capital is", " Paris."), ("ab", "c"), ("", "All of it"), ("日本の首都は", "東京です。")])
  func onlyTheCompletionIsLearnt(prompt: String, completion: String) throws {
    let tokenizer = try tokenizer()
    let row = try documents(tokenizer) { ($0.promptColumn, $0.completionColumn) = ("p", "c") }
      .row(record(["p": .string(prompt), "c": .string(completion)]))
    let encoding = try tokenizer.encode(prompt + completion)
    #expect(row.ids == encoding.ids)
    let boundary = prompt.unicodeScalars.count
    for (i, label) in row.labels.enumerated() {
      let inCompletion = encoding.offsets[i].upperBound > boundary
      #expect(label == (inCompletion ? row.ids[i] : TokenizedDataset.noLabel))
    }
    #expect(row.labels.contains { $0 >= 0 })
  }

  @Test func truncationCutsLabelsToo() throws {
    let row = try documents(tokenizer(), budget: 6) {
      ($0.promptColumn, $0.completionColumn, $0.truncation) = ("p", "c", true)
    }.row(record(["p": .string("One two three"), "c": .string(" four five six seven eight nine")]))
    #expect(row.ids.count == 6 && row.labels.count == 6)
  }

  @Test func givenTokensAreTakenAsTheyAre() throws {
    let documents = try documents(tokenizer())
    let plain = try documents.row(record(["input_ids": integers([1, 2, 3])]))
    #expect(plain == TokenizedDataset.Row(ids: [1, 2, 3], labels: [1, 2, 3]))
    let labelled = try documents.row(record(["input_ids": integers([1, 2, 3]), "labels": integers([-100, 2, 3])]))
    #expect(labelled.labels == [-100, 2, 3])
  }

  @Test func tokensThatCannotBeAreErrorsWithTheirLine() throws {
    let documents = try documents(tokenizer())
    #expect(throws: TokenizationError.labelCount(file: "d.jsonl", line: 4, ids: 2, labels: 1)) {
      try documents.row(record(["input_ids": integers([1, 2]), "labels": integers([1])]))
    }
    for strange in [384, -1] {
      #expect(throws: TokenizationError.unknownToken(file: "d.jsonl", line: 4, token: strange, vocabulary: 384)) {
        try documents.row(record(["input_ids": integers([1, strange])]))
      }
    }
    for value in [JSONValue.string("1 2"), .array([.string("1")]), .array([.integer(1 << 40)])] {
      #expect(throws: TokenizationError.notTokens(file: "d.jsonl", line: 4, column: "input_ids")) {
        try documents.row(record(["input_ids": value]))
      }
    }
    #expect(throws: DataError.self) { try documents.row(record(["body": .string("x")])) }
  }

  @Test func aPromptAndItsCompletionAreAConversation() throws {
    let tokenizer = try tokenizer(chatTemplate: true)
    let completed = try documents(tokenizer) { ($0.promptColumn, $0.completionColumn) = ("p", "c") }
      .row(record(["p": .string("Say"), "c": .string("Say")]))
    let messages = [("user", "Say"), ("assistant", "Say")].map { role, content in
      JSONValue.object(["role": .string(role), "content": .string(content)])
    }
    let conversation = try documents(tokenizer) { $0.conversationColumn = "m" }.row(record(["m": .array(messages)]))
    #expect(completed == conversation)
    // <user>Say<|endoftext|><assistant>Say<|endoftext|>
    let learnt = conversation.labels.filter { $0 != TokenizedDataset.noLabel }
    #expect(try tokenizer.decode(learnt) == "Say" && conversation.labels.last == TokenizedDataset.noLabel)
    let written = "<user>Say<|endoftext|><assistant>Say<|endoftext|>"
    #expect(try tokenizer.encode(written).ids == conversation.ids)
  }

  @Test func conversationsThatAreNoneAreErrorsWithTheirLine() throws {
    #expect(throws: TokenizationError.noChatTemplate(column: "m")) {
      try self.documents(tokenizer()) { $0.conversationColumn = "m" }
    }
    let documents = try self.documents(tokenizer(chatTemplate: true)) { $0.conversationColumn = "m" }
    let user = JSONValue.object(["role": .string("user"), "content": .string("q")])
    for value in [
      JSONValue.null, .string("hello"), .array([]), .array([.string("hello")]),
      .array([.object(["role": .integer(1)])]),
      .array([user, .object(["content": .string("x")])]), .array([.object(["role": .string("user")])]),
    ] {
      #expect(throws: TokenizationError.notMessages(file: "d.jsonl", line: 4, column: "m")) {
        try documents.row(record(["m": value]))
      }
    }
    let parts = JSONValue.object(["role": .string("assistant"), "content": .array([.string("x")])])
    let error = #expect(throws: TokenizationError.self) { try documents.row(record(["m": .array([user, parts])])) }
    #expect("\(try #require(error))".hasPrefix("d.jsonl, line 4: the conversation cannot be read: "))
    #expect(throws: DataError.self) { try documents.row(record(["text": .string("x")])) }
  }
}
