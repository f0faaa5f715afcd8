import Foundation
import Testing

@testable import Engine

@Suite struct TokenizedDatasetTests {
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

  @Test func aChatTemplateIsNotPassedOverInSilence() throws {
    #expect(throws: TokenizationError.chatTemplate(column: "c")) {
      try documents(tokenizer(chatTemplate: true)) { ($0.promptColumn, $0.completionColumn) = ("p", "c") }
    }
  }

  @Test func theDigestIsOfTokensAndLabels() throws {
    func digest(_ rows: [(ids: [Int32], labels: [Int32])]) throws -> Digest {
      try TokenizedDataset(rows: rows.map { .init(ids: $0.ids, labels: $0.labels) }).digest
    }
    let plain = try digest([([1, 2], [1, 2]), ([3], [3])])
    #expect(try plain == digest([([1, 2], [1, 2]), ([3], [3])]))
    #expect(try plain != digest([([1, 2], [-100, 2]), ([3], [3])]))
    #expect(try plain != digest([([1], [1]), ([2, 3], [2, 3])]))
    #expect(try plain != digest([([3], [3]), ([1, 2], [1, 2])]))
  }

  @Test(arguments: [16, 1 << 20]) func rowsComeBackFromMemoryAndFromDisk(bufferSize: Int) throws {
    let rows = (0..<40).map { row in
      let ids = (0..<row % 7).map { Int32($0 * row) }
      return TokenizedDataset.Row(ids: ids, labels: row % 3 == 0 ? ids : ids.map { $0 % 2 == 0 ? $0 : -100 })
    }
    var writer = TokenRowWriter(spill: SpillWriter(bufferSize: bufferSize))
    for row in rows { try writer.append(row) }
    let dataset = try writer.finish()
    #expect(try dataset.rows == rows)
    #expect(dataset.lengths == rows.map { Int32($0.ids.count) })
    #expect(dataset.tokenCount == rows.reduce(0) { $0 + $1.ids.count })
    let positions = [7, 3, 3, 39]
    let selected = try dataset.selecting(positions)
    #expect(try selected.rows == positions.map { rows[$0] })
    #expect(try selected.digest == TokenizedDataset(rows: positions.map { rows[$0] }).digest)
    #expect(try dataset.selecting(Array(rows.indices)).digest == dataset.digest)
  }

  /// A digest that changes makes every stored artifact unfindable: this one was worked out in Python.
  @Test func theDigestIsOfLengthsIdsAndLabels() throws {
    let dataset = try TokenizedDataset(rows: [.init(ids: [1, 2], labels: [-100, 2]), .init(ids: [3], labels: [3])])
    #expect(dataset.digest.hex == "a47df29cc17a9136eb43f9a2269a68448e0e2e4d2c639653cb28b70d047f918c")
  }
}
