import Testing

@testable import Engine

/// Models and expectations after the Rust library's own tests of its Unigram, WordPiece and WordLevel models.
struct WordModelTests {
  private func encode(_ text: String, _ model: String) throws -> Encoding {
    var tokenizer = SmallTokenizer()
    tokenizer.model = model
    return try tokenizer.tokenizer().encode(text)
  }

  private static let pieces = """
    ["a", 0.0], ["b", 0.0], ["c", 0.0], ["d", 0.0], ["cd", 1.0], ["ab", 2.0], ["abc", 5.0], ["abcd", 10.0]
    """

  @Test func unigramTakesTheBestPathAndFusesTheUnknown() throws {
    let model = #"{"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], \#(Self.pieces)]}"#
    #expect(
      try encode("abcdacdxx", model)
        == Encoding(ids: [8, 1, 5, 0], offsets: [0..<4, 4..<5, 5..<7, 7..<9]))
  }

  @Test func bytesOfUnigramStandForAllThatTheySpell() throws {
    let model = """
      {"type": "Unigram", "unk_id": 0, "byte_fallback": true,
       "vocab": [["<unk>", 0.0], ["<0xC3>", -1.0], ["<0xA9>", -1.0], ["a", -1.0]]}
      """
    #expect(
      try encode("éaèé", model)
        == Encoding(ids: [1, 2, 3, 0], offsets: [0..<1, 0..<1, 1..<2, 2..<4]))
  }

  /// "nanana" cannot begin with a continuation.
  @Test(
    arguments: [
      ("banana", [1, 0, 0], [0..<2, 2..<4, 4..<6]), ("nanana", [2], [0..<6]), ("bananas", [2], [0..<7]),
    ] as [(String, [Int32], [Range<Int>])])
  func wordPieceIsGreedyAndAllOrNothing(word: String, ids: [Int32], offsets: [Range<Int>]) throws {
    let model = """
      {"type": "WordPiece", "vocab": {"##na": 0, "ba": 1, "[UNK]": 2}, "unk_token": "[UNK]",
       "continuing_subword_prefix": "##", "max_input_chars_per_word": 10}
      """
    #expect(try encode(word, model) == Encoding(ids: ids, offsets: offsets))
    #expect(try encode("ba" + String(repeating: "na", count: 5), model).ids == [2])
  }

  @Test func wordLevelKnowsWholeWords() throws {
    let model = #"{"type": "WordLevel", "vocab": {"ab": 0, "?": 1}, "unk_token": "?"}"#
    #expect(try encode("ab", model).ids == [0])
    #expect(try encode("abc", model) == Encoding(ids: [1], offsets: [0..<3]))
  }

  @Test(arguments: [
    ("Unigram", #"{"type": "Unigram", "vocab": [["a", 0.0]]}"#),
    (
      "WordPiece",
      ###"{"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "?", "continuing_subword_prefix": "##", "max_input_chars_per_word": 9}"###
    ), ("WordLevel", #"{"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "?"}"#),
  ])
  func unknownTextNeedsAnUnknownToken(name: String, model: String) throws {
    #expect(try encode("a", model).ids == [0])
    #expect(throws: TokenizerError.noUnknownToken(model: name)) { try encode("b", model) }
  }

  @Test(
    arguments: [
      (2, 1, "LongestFirst", "Right", [0, 1]), (2, 0, "OnlyFirst", "Left", [1, 2]), (0, 0, "LongestFirst", "Right", []),
      (3, 9, "OnlySecond", "Right", [0, 1, 2]),
    ] as [(Int, Int, String, String, [Int32])])
  func truncationCutsWhereTheFileSays(
    limit: Int, stride: Int, strategy: String, direction: String, ids: [Int32]
  ) throws {
    #expect(try truncated(limit, stride, strategy, direction).spell("abc").encoding.ids == ids)
    #expect(try truncated(limit, stride, strategy, direction).encode("abc").ids == [0, 1, 2])
  }

  @Test(arguments: [(2, 2, "LongestFirst"), (2, 0, "OnlySecond")])
  func truncationThatCannotBeDoneIsRefused(limit: Int, stride: Int, strategy: String) throws {
    let tokenizer = try truncated(limit, stride, strategy, "Right")
    #expect(throws: TokenizerError.self) { try tokenizer.spell("abc") }
  }

  private func truncated(_ limit: Int, _ stride: Int, _ strategy: String, _ direction: String) throws -> Tokenizer {
    var small = SmallTokenizer()
    small.model = #"{"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2}, "merges": []}"#
    // The part stands in the place of one that is null.
    small.decoder = """
      null, "truncation": {"max_length": \(limit), "stride": \(stride), "strategy": "\(strategy)",
       "direction": "\(direction)"}
      """
    return try small.tokenizer()
  }
}
