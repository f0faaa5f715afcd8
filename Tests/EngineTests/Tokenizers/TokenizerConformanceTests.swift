import Foundation
import Testing

@testable import Engine

/// Every id and offset of 215 strings against the Rust library `tokenizers` 0.23.3. There is no tolerance.
struct TokenizerConformanceTests {
  @Test(arguments: [
    "gpt2_style", "gpt_neox_style", "llama3_style", "llama_style_metaspace", "llama_style_normalizer", "qwen2_style",
    "unigram_style", "unigram_bytes", "wordpiece_style", "wordlevel_scripts",
  ])
  func agreesWithTheReferenceOnEveryString(name: String) throws {
    try checkConformance(in: TokenizerFixtures.folder, name: name)
  }

  /// Vocabularies of real models, too large to keep here.
  @Test(
    .enabled(if: TokenizerFixtures.external != nil, "BERGSON_FIXTURES names no folder with fixtures"),
    arguments: ["gpt2", "smollm2"])
  func agreesWithTheReferenceOnLargeVocabularies(name: String) throws {
    try checkConformance(in: #require(TokenizerFixtures.external).appending(path: "tokenizers"), name: name)
  }

  /// The tokenizers of the test models, on the strings and documents kept with them.
  @Test(
    .enabled(if: TokenizerFixtures.external != nil, "BERGSON_FIXTURES names no folder with fixtures"),
    arguments: ["gpt2", "gpt_neox", "llama"])
  func agreesWithTheReferenceOnTheTestModels(name: String) throws {
    let folder = try #require(TokenizerFixtures.external).appending(path: name)
    let tokenizer = try Tokenizer(directory: folder.appending(path: "model"))
    let strings = folder.appending(path: "expected/tokenization/strings.json")
    for expected in try JSONDecoder().decode([Expected].self, from: Data(contentsOf: strings)) {
      // These were decoded with their special tokens.
      try check(tokenizer, #require(expected.text), expected, skipSpecialTokens: false)
    }
    let documents = try String(contentsOf: folder.appending(path: "data.jsonl"), encoding: .utf8).split(separator: "\n")
      .map { try JSONDecoder().decode(Document.self, from: Data($0.utf8)).text }
    let table = folder.appending(path: "expected/tokenization/text.json")
    let rows = try JSONDecoder().decode(DocumentTable.self, from: Data(contentsOf: table)).rows.ids
    #expect(try documents.map { try tokenizer.encode($0).ids } == rows)
  }

  private func checkConformance(in folder: URL, name: String) throws {
    let strings = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: folder.appending(path: "strings.json")))
    let tokenizer = try Tokenizer(directory: folder.appending(path: name))
    let expected = try JSONDecoder().decode(
      [Expected].self, from: Data(contentsOf: folder.appending(path: "\(name)/expected.json")))
    #expect(strings.count == 215 && expected.count == strings.count)
    for (string, expected) in zip(strings, expected) {
      try check(tokenizer, string, expected)
    }
  }

  private func check(_ tokenizer: Tokenizer, _ string: String, _ expected: Expected, skipSpecialTokens: Bool = true)
    throws
  {
    let comment: Comment = "\(string.debugDescription)"
    let encoding = try tokenizer.encode(string)
    #expect(encoding.ids == expected.ids, comment)
    #expect(encoding.offsets == expected.offsets.map { $0[0]..<$0[1] }, comment)
    let bare = try tokenizer.encode(string, addSpecialTokens: false)
    #expect(bare.ids == expected.bareIDs ?? expected.ids, comment)
    if let tokens = expected.tokens {
      let spelled = try tokenizer.spell(string)
      #expect(spelled.tokens == expected.truncated?.tokens ?? tokens, comment)
      #expect(spelled.encoding.ids == expected.truncated?.ids ?? expected.ids, comment)
      let offsets = expected.truncated?.offsets ?? expected.offsets
      #expect(spelled.encoding.offsets == offsets.map { $0[0]..<$0[1] }, comment)
    }
    // `==` of strings would take "é" and "e\u{301}" for the same.
    let decoded = try tokenizer.decode(encoding.ids, skipSpecialTokens: skipSpecialTokens)
    #expect(Array(decoded.unicodeScalars) == Array((expected.decoded ?? string).unicodeScalars), comment)
  }

  private struct Expected: Decodable {
    var text: String?
    var ids: [Int32]
    var offsets: [[Int]]
    var bareIDs: [Int32]?
    var decoded: String?
    var tokens: [String]?
    /// What `truncation` of the file leaves.
    var truncated: Cut?

    struct Cut: Decodable {
      var ids: [Int32]
      var tokens: [String]
      var offsets: [[Int]]
    }

    enum CodingKeys: String, CodingKey {
      case text, ids, offsets, decoded, tokens, truncated
      case bareIDs = "ids_without_special_tokens"
    }
  }
}

private struct Document: Decodable {
  var text: String
}

private struct DocumentTable: Decodable {
  var rows: Rows

  struct Rows: Decodable {
    var ids: [[Int32]]

    enum CodingKeys: String, CodingKey {
      case ids = "input_ids"
    }
  }
}

/// Where tokenizers to test with lie.
enum TokenizerFixtures {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/tokenizers")

  /// The folder of larger fixtures that `BERGSON_FIXTURES` names.
  static let external = ProcessInfo.processInfo.environment["BERGSON_FIXTURES"].map { URL(filePath: $0) }
}
