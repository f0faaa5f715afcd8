import Testing

@testable import Engine

/// Models and expectations after the Rust library's own tests of its BPE model.
struct BPEModelTests {
  private func encode(_ text: String, _ model: String) throws -> Encoding {
    var tokenizer = SmallTokenizer()
    tokenizer.model = model
    return try tokenizer.tokenizer().encode(text)
  }

  @Test(arguments: [false, true])
  func unknownCharactersFuseWhereAsked(fuses: Bool) throws {
    let encoding = try encode(
      "accb",
      #"{"type": "BPE", "vocab": {"<unk>": 0, "a": 1, "b": 2}, "merges": [], "unk_token": "<unk>", "fuse_unk": \#(fuses)}"#
    )
    #expect(
      encoding
        == (fuses
          ? Encoding(ids: [1, 0, 2], offsets: [0..<1, 1..<3, 3..<4])
          : Encoding(ids: [1, 0, 0, 2], offsets: [0..<1, 1..<2, 2..<3, 3..<4])))
  }

  @Test func charactersWithoutATokenDisappearWhereNothingIsUnknown() throws {
    #expect(try encode("acb", #"{"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}"#).ids == [0, 1])
  }

  @Test func byteFallbackSpellsCharactersOnlyWhereAllBytesHaveTokens() throws {
    let model = """
      {"type": "BPE", "vocab": {"<unk>": 0, "<0xC3>": 1, "<0xA9>": 2, "a": 3}, "merges": [], "unk_token": "<unk>",
       "byte_fallback": true}
      """
    #expect(
      try encode("éaè", model)
        == Encoding(ids: [1, 2, 3, 0], offsets: [0..<1, 0..<1, 1..<2, 2..<3]))
  }

  @Test func continuingSubwordPrefixIsCutFromTheRightSideOfMerges() throws {
    let model = """
      {"type": "BPE", "vocab": {"a": 0, "##b": 1, "##c": 2, "ab": 3, "abc": 4}, "merges": ["a ##b", "ab ##c"],
       "continuing_subword_prefix": "##"}
      """
    #expect(try encode("ab", model).ids == [3])
    #expect(try encode("abc", model) == Encoding(ids: [4], offsets: [0..<3]))
  }

  @Test func endOfWordSuffixMarksTheLastCharacter() throws {
    let model = """
      {"type": "BPE", "vocab": {"a": 0, "a</w>": 1, "aa</w>": 2}, "merges": ["a a</w>"], "end_of_word_suffix": "</w>"}
      """
    #expect(try encode("a", model).ids == [1])
    #expect(try encode("aaa", model) == Encoding(ids: [0, 2], offsets: [0..<1, 1..<3]))
  }

  @Test(arguments: [false, true])
  func wholeWordsSkipMergesWhereAsked(ignores: Bool) throws {
    let model = """
      {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "bc": 3, "abc": 4}, "merges": [["b", "c"]],
       "ignore_merges": \(ignores)}
      """
    #expect(try encode("abc", model).ids == (ignores ? [4] : [0, 3]))
  }

  /// "é" composed and decomposed are equal as Swift strings, and two tokens all the same.
  @Test func canonicallyEquivalentTokensStayApart() throws {
    let model = #"{"type": "BPE", "vocab": {"\u00e9": 0, "e": 1, "\u0301": 2, "e\u0301": 3}, "merges": ["e \u0301"]}"#
    #expect(try encode("\u{E9}", model).ids == [0])
    #expect(try encode("e\u{301}", model).ids == [3])
  }

  @Test func dropoutOfZeroIsNoDropout() throws {
    #expect(try encode("a", #"{"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.0}"#).ids == [0])
  }

  /// What follows moves up, by the two bytes that the byte-level alphabet spells most bytes with.
  @Test func bytesWithoutATokenDisappearAndShiftTheRest() throws {
    var tokenizer = SmallTokenizer()
    tokenizer.preTokenizer = #"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}"#
    tokenizer.model = #"{"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3}, "merges": ["a b"]}"#
    #expect(try tokenizer.tokenizer().encode("éabc") == Encoding(ids: [3, 2], offsets: [0..<1, 0..<1]))
    #expect(try tokenizer.tokenizer().encode("\u{1}abc") == Encoding(ids: [3, 2], offsets: [0..<1, 1..<2]))
  }

  /// Also through bytes, where the byte-level pre-tokenizer comes last.
  @Test func unknownBytesBecomeTheUnknownToken() throws {
    var tokenizer = SmallTokenizer()
    tokenizer.preTokenizer = #"{"type": "ByteLevel", "add_prefix_space": false}"#
    tokenizer.model = #"{"type": "BPE", "vocab": {"a": 0, "?": 1}, "merges": [], "unk_token": "?", "fuse_unk": true}"#
    #expect(try tokenizer.tokenizer().encode("aéa") == Encoding(ids: [0, 1, 0], offsets: [0..<1, 1..<2, 2..<3]))
  }
}
