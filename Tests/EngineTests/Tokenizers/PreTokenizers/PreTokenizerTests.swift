import Testing

@testable import Engine

/// Expected pieces are those of the Rust library's documentation and own tests.
struct PreTokenizerTests {
  @Test(arguments: [
    ("Removed", ["How", "are", "you", "doing", "?"]),
    ("Isolated", ["How", " ", "are", " ", "you", " ", "doing", "?"]),
    ("MergedWithPrevious", ["How ", "are ", "you ", "doing", "?"]),
    ("MergedWithNext", ["How", " are", " you", " doing", "?"]),
    ("Contiguous", ["How", " ", "are", " ", "you", " ", "doing?"]),
  ])
  func splitsWithEveryBehavior(behavior: String, pieces: [String]) throws {
    let json =
      #"{"type": "Split", "pattern": {"Regex": "\\w+|[^\\w\\s]+"}, "behavior": "\#(behavior)", "invert": true}"#
    #expect(try TokenizerParts.preTokenize("How are you doing?", json) == pieces)
  }

  @Test(arguments: [
    ("Removed", ["the", "final", "countdown"]),
    ("Isolated", ["the", "-", "final", "-", "-", "countdown"]),
    ("MergedWithPrevious", ["the-", "final-", "-", "countdown"]),
    ("MergedWithNext", ["the", "-final", "-", "-countdown"]),
    ("Contiguous", ["the", "-", "final", "--", "countdown"]),
  ])
  func splitsAtLiterals(behavior: String, pieces: [String]) throws {
    let json = #"{"type": "Split", "pattern": {"String": "-"}, "behavior": "\#(behavior)", "invert": false}"#
    #expect(try TokenizerParts.preTokenize("the-final--countdown", json) == pieces)
  }

  @Test(arguments: [
    (#"{"type": "Whitespace"}"#, "Hey man!\n", ["Hey", "man", "!"]),
    (#"{"type": "Whitespace"}"#, "a\u{200D}b c", ["a\u{200D}b", "c"]),
    (#"{"type": "WhitespaceSplit"}"#, "Hey, man\u{3000}Good?", ["Hey,", "man", "Good?"]),
    (#"{"type": "Digits", "individual_digits": true}"#, "Call 123 now½", ["Call ", "1", "2", "3", " now", "½"]),
    (#"{"type": "Digits", "individual_digits": false}"#, "Call 123 now", ["Call ", "123", " now"]),
    (#"{"type": "Punctuation"}"#, "a$b…c", ["a", "$", "b", "…", "c"]),
    (#"{"type": "Punctuation", "behavior": "Removed"}"#, "a..b", ["a", "b"]),
    (#"{"type": "BertPreTokenizer"}"#, "Hey friend, 5€!", ["Hey", "friend", ",", "5€", "!"]),
    (#"{"type": "CharDelimiterSplit", "delimiter": "-"}"#, "a-b--c", ["a", "b", "c"]),
    (#"{"type": "ByteLevel", "add_prefix_space": true}"#, "Hello my é", ["ĠHello", "Ġmy", "ĠÃ©"]),
    (#"{"type": "ByteLevel", "add_prefix_space": true}"#, " Hello", ["ĠHello"]),
    (#"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}"#, "Hello my", ["HelloĠmy"]),
    (#"{"type": "Metaspace", "replacement": "▁"}"#, "Hey   friend!", ["▁Hey", "▁", "▁", "▁friend!"]),
    (#"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"}"#, "Hey you", ["Hey", "▁you"]),
    (#"{"type": "Metaspace", "replacement": "_", "split": false}"#, "Hey you", ["_Hey_you"]),
  ])
  func cutsAsTheReferenceDoes(json: String, text: String, pieces: [String]) throws {
    #expect(try TokenizerParts.preTokenize(text, json) == pieces)
  }

  /// ByteLevel before another step has to write characters; only the last may leave bytes to the model.
  @Test func stepsBehindByteLevelSeeItsCharacters() throws {
    let json = """
      {"type": "Sequence", "pretokenizers": [
        {"type": "ByteLevel", "add_prefix_space": false},
        {"type": "Split", "pattern": {"String": "Ġ"}, "behavior": "Isolated", "invert": false}]}
      """
    #expect(try TokenizerParts.preTokenize("a b", json) == ["a", "Ġ", "b"])
    var preTokenizer = try PreTokenizers.make(TokenizerParts.node(json))
    #expect(!ByteLevelPreTokenizer.leaveBytes(of: &preTokenizer))
  }

  @Test func onlyTheFirstPieceGetsMetaspaceUnderFirst() throws {
    var tokenizer = SmallTokenizer()
    tokenizer.addedTokens = "[\(SmallTokenizer.addedToken("<x>", id: 3))]"
    tokenizer.preTokenizer = #"{"type": "Metaspace", "replacement": "_", "prepend_scheme": "first"}"#
    tokenizer.model = #"{"type": "BPE", "vocab": {"a": 0, "_": 1, "b": 2}, "merges": []}"#
    let encoding = try tokenizer.tokenizer().encode("a<x>b")
    #expect(encoding == Encoding(ids: [1, 0, 3, 2], offsets: [0..<1, 0..<1, 1..<4, 4..<5]))
  }

  @Test func searchThatRunsIntoTheLimitsOfOnigurumaIsAnError() throws {
    let json = #"{"type": "Split", "pattern": {"Regex": "(x+x+)+y"}, "behavior": "Isolated"}"#
    let text = String(repeating: "x", count: 60)
    let error = #expect(throws: TokenizerError.self) { try TokenizerParts.preTokenize(text, json) }
    #expect(error?.description.contains("(x+x+)+y") == true)
  }
}
