import Foundation
import Testing

@testable import Engine

/// Text to token rows: every case of every set.
@Suite struct DocumentConformanceTests {
  static let sets = ["gpt_neox", "gpt2", "llama", "llama_tied"]
  static let cases = [
    "text", "text_keep_columns", "text_truncated", "edge", "max_tokens", "max_tokens_tiled", "chunk",
    "prompt_completion",
    "reward", "conversation", "template_text", "template_target", "template_mcq",
  ]
  /// Cases with a test of their own, where the reference fails or is known to be wrong.
  static let corrected = [
    "prompt_completion_truncated", "reward_nan_error", "conversation_later", "conversation_repeat", "strings",
    "chat_strings", "case",
  ]

  private struct Rows: Decodable {
    var ids: [[Int32]]
    var labels: [[Int32]]?
    var length: [Int]?
    var documents: [[Int]]?
    var advantage: [Double]?
    var id: [Int]?
    var text: [String]?
    var prompt: [String]?
    var completion: [String]?

    enum CodingKeys: String, CodingKey {
      case ids = "input_ids"
      case documents = "doc_ids"
      case labels, length, advantage, id, text, prompt, completion
    }
  }

  private struct Case: Decodable {
    struct Settings: Decodable {
      var maxTokens: Int?
      var tokenBatchSize: Int?

      enum CodingKeys: String, CodingKey {
        case maxTokens = "max_tokens"
        case tokenBatchSize = "token_batch_size"
      }
    }

    var settings: Settings
    var rows: Rows?
    var error: String?

    enum CodingKeys: String, CodingKey {
      case settings = "index_cfg"
      case rows, error
    }
  }

  private static func set(_ name: String) -> FixtureSet { FixtureSet(named: name) }

  private func contents(_ set: FixtureSet, _ name: String) throws -> Data {
    try Data(contentsOf: set.root.appendingPathComponent("expected/tokenization/\(name).json"))
  }

  /// The settings of a case over the defaults, with absolute paths.
  private func data(_ set: FixtureSet, _ contents: Data) throws -> DataConfig {
    let given = try #require(JSONSerialization.jsonObject(with: contents) as? [String: Any])["data"] as? [String: Any]
    let defaults = try JSONSerialization.jsonObject(with: JSONEncoder().encode(DataConfig())) as? [String: Any]
    let merged = try #require(defaults).merging(["dataset": "data.jsonl"]) { $1 }.merging(try #require(given)) { $1 }
    var data = try JSONDecoder().decode(DataConfig.self, from: JSONSerialization.data(withJSONObject: merged))
    data.dataset = set.path(data.dataset)
    if !data.formatTemplate.isEmpty { data.formatTemplate = set.path(data.formatTemplate) }
    return data
  }

  private func documents(
    _ set: FixtureSet, _ name: String, change: (inout DataConfig) -> Void = { _ in }
  ) throws -> (own: Documents, data: DataConfig, expected: Case) {
    let contents = try contents(set, name)
    let expected = try JSONDecoder().decode(Case.self, from: contents)
    var data = try data(set, contents)
    change(&data)
    let tokenizer = try DocumentTokenizer(
      tokenizer: Tokenizer(directory: set.root.appendingPathComponent("model")), configuration: data, modelMaximum: 256,
      tokenBudget: expected.settings.tokenBatchSize ?? 256, vocabularySize: 384)
    let own = try Documents(
      Dataset(data, LocalRepositories()), tokenizer, limit: nil, maxTokens: expected.settings.maxTokens, workers: 2)
    return (own, data, expected)
  }

  @Test(arguments: sets) func noCaseIsLeftOut(set: String) throws {
    let folder = Self.set(set).root.appendingPathComponent("expected/tokenization")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
    #expect(files.map { String($0.dropLast(5)) }.sorted() == (Self.cases + Self.corrected).sorted())
  }

  @Test(arguments: sets, cases) func rowsEqualTheReference(set: String, name: String) throws {
    let (own, data, expected) = try documents(Self.set(set), name)
    let rows = try #require(expected.rows)
    #expect(try own.tokens.rows.map(\.ids) == rows.ids)
    #expect(try own.tokens.rows.map(\.labels) == rows.labels ?? rows.ids)
    if let length = rows.length { #expect(own.tokens.lengths.map(Int.init) == length) }
    #expect(own.chunks?.map(\.documents) == rows.documents)
    #expect((own.weights == nil) == (rows.advantage == nil))
    for (own, expected) in zip(own.weights ?? [], rows.advantage ?? []) { #expect(abs(own - expected) < 1e-15) }
    #expect(own.records.count == rows.ids.count)
    if let id = rows.id { #expect(try own.records.rows.map { $0.columns["id"] } == id.map { .integer($0) }) }
    let reader = try DocumentReader(data)
    for (row, record) in try own.records.rows.enumerated() {
      switch (name.hasPrefix("template"), own.chunks) {
      case (true, nil):
        switch try reader.content(of: record) {
        case .text(let text): #expect(text == rows.text?[row])
        case .completion(let prompt, let completion):
          #expect(prompt == rows.prompt?[row] && completion == rows.completion?[row])
        case .conversation, .tokens: Issue.record("a template makes neither")
        }
      default: break
      }
    }
  }

  /// Release 0.9.1 loses the labels of a span that is cut: here they end at the cut.
  @Test(arguments: sets) func aCutAnswerIsLearntUpToTheCut(set: String) throws {
    let (own, _, expected) = try documents(Self.set(set), "prompt_completion_truncated")
    let limit = try #require(expected.settings.tokenBatchSize)
    let whole = try #require(try documents(Self.set(set), "prompt_completion").expected.rows?.labels)
    #expect(try own.tokens.rows.map(\.ids) == expected.rows?.ids)
    #expect(try own.tokens.rows.map(\.labels) == whole.map { Array($0.prefix(limit)) })
  }

  @Test(arguments: sets) func aMissingRewardIsAnErrorWithItsLine(set: String) throws {
    #expect(try JSONDecoder().decode(Case.self, from: contents(Self.set(set), "reward_nan_error")).error != nil)
    let file = Self.set(set).path("reward.jsonl")
    #expect(throws: TokenizationError.noReward(file: file, line: 5, column: "reward")) {
      try documents(Self.set(set), "reward_nan_error")
    }
  }

  /// Where a conversation repeats itself, release 0.9.1 labels a question, or fails; the answers are these.
  @Test(
    arguments: sets,
    [
      ("conversation_later", [("Owl", 0), ("They fly.", 0)]), ("conversation_repeat", [("yes", 1), ("yes", 3)]),
    ] as [(String, [(String, Int)])])
  func repeatedAnswersAreLearntWhereTheyAreGiven(set: String, given: (String, [(String, Int)])) throws {
    let (name, answers) = given
    let (own, data, _) = try documents(Self.set(set), name)
    let tokenizer = try Tokenizer(directory: Self.set(set).root.appendingPathComponent("model"))
    let template = try #require(tokenizer.chatTemplate)
    let messages = try #require(try own.records.rows[0].columns[data.conversationColumn]?.array)
    let text = try template.render(messages: messages, addGenerationPrompt: false)
    // The text is ASCII, so that bytes, scalars and characters are the same.
    let bytes = Array(text.utf8)
    let spans = answers.map { answer, occurrence in
      let starts = bytes.indices.filter { bytes[$0...].starts(with: answer.utf8) }
      return starts[occurrence]..<starts[occurrence] + answer.utf8.count
    }
    let encoding = try tokenizer.encode(text, addSpecialTokens: false)
    #expect(try own.tokens.rows.map(\.ids) == [encoding.ids])
    let labels = zip(encoding.ids, encoding.offsets).map { id, place in
      spans.contains { $0.lowerBound < place.upperBound && place.upperBound <= $0.upperBound }
        ? id : TokenizedDataset.noLabel
    }
    #expect(try own.tokens.rows.map(\.labels) == [labels])
  }

  private struct EncodedString: Decodable {
    var text: String
    var ids: [Int32]
    var offsets: [[Int]]
    var tokens: [String]
    var plain: [Int32]
    var decoded: String

    enum CodingKeys: String, CodingKey {
      case text, ids, offsets, tokens, decoded
      case plain = "ids_without_special_tokens"
    }
  }

  @Test(arguments: sets) func stringsEqualTheReference(set: String) throws {
    let tokenizer = try Tokenizer(directory: Self.set(set).root.appendingPathComponent("model"))
    let strings = try JSONDecoder().decode([EncodedString].self, from: contents(Self.set(set), "strings"))
    #expect(strings.count > 50)
    for string in strings {
      let own = try tokenizer.spell(string.text)
      let words = Comment(rawValue: string.text.debugDescription)
      #expect(own.encoding.ids == string.ids, words)
      #expect(own.encoding.offsets.map { [$0.lowerBound, $0.upperBound] } == string.offsets, words)
      #expect(own.tokens == string.tokens, words)
      #expect(try tokenizer.encode(string.text, addSpecialTokens: false).ids == string.plain, words)
      #expect(try tokenizer.decode(string.ids, skipSpecialTokens: false) == string.decoded, words)
    }
  }

  @Test(arguments: sets) func conversationsAreWrittenAsTheReferenceWritesThem(set: String) throws {
    let tokenizer = try Tokenizer(directory: Self.set(set).root.appendingPathComponent("model"))
    let template = try #require(tokenizer.chatTemplate)
    let strings = try #require(
      try contents(Self.set(set), "chat_strings").withUnsafeBytes { try JSONParser.parse($0) }.array)
    #expect(strings.count > 10)
    for string in strings {
      let messages = try #require(string["messages"]?.array)
      #expect(try template.render(messages: messages, addGenerationPrompt: false) == string["rendered"]?.string)
    }
  }
}
