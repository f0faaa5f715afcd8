import Testing

@testable import Engine

struct AddedVocabularyTests {
  private func encode(_ text: String, _ tokens: [String], normalizer: String = "null") throws -> Encoding {
    var tokenizer = SmallTokenizer()
    tokenizer.addedTokens = "[\(tokens.joined(separator: ","))]"
    tokenizer.normalizer = normalizer
    tokenizer.model = #"{"type": "BPE", "vocab": {"a": 0, " ": 1, "é": 2, "A": 3}, "merges": []}"#
    return try tokenizer.tokenizer().encode(text)
  }

  private typealias Small = SmallTokenizer

  @Test func theLongestOfTheLeftmostMatchesCounts() throws {
    let tokens = ["<x", "<x>", "x>y"].enumerated().map { Small.addedToken($1, id: 4 + $0) }
    #expect(
      try encode("a<x>y<xa", tokens).ids == [0, 5, 4, 0],
      "'<x>' begins before 'x>y' and is longer than '<x'; y has no token")
  }

  @Test func strippingTakesWhiteSpaceAlong() throws {
    let tokens = [Small.addedToken("<l>", id: 4, left: true), Small.addedToken("<r>", id: 5, right: true)]
    #expect(
      try encode("a \t<l> a <r>\u{3000}a", tokens)
        == Encoding(ids: [0, 4, 1, 0, 1, 5, 0], offsets: [0..<1, 1..<6, 6..<7, 7..<8, 8..<9, 9..<13, 13..<14]))
    // Spaces that the token before has taken are not taken twice.
    #expect(try encode("<r>  <l>", tokens) == Encoding(ids: [5, 4], offsets: [0..<5, 5..<8]))
  }

  @Test func singleWordsMatchOnlyWhereNoWordTouchesThem() throws {
    let tokens = [Small.addedToken("<m>", id: 4, singleWord: true)]
    #expect(try encode("<m> <m>", tokens).ids == [4, 1, 4])
    #expect(try encode("a<m>", tokens).ids == [0])
    #expect(try encode("<m>é", tokens).ids == [2])
    // A combining mark is part of a word, a dash is not.
    #expect(try encode("\u{330}<m>", tokens).ids == [])
    #expect(try encode("-<m>-", tokens).ids == [4])
  }

  @Test func normalizedTokensMatchNormalizedText() throws {
    let lower = #"{"type": "Lowercase"}"#
    let normalized = [Small.addedToken("Yes", id: 4, normalized: true, special: false)]
    #expect(try encode("aYES", normalized, normalizer: lower) == Encoding(ids: [0, 4], offsets: [0..<1, 1..<4]))
    let exact = [Small.addedToken("Yes", id: 4, special: false)]
    #expect(try encode("AYes", exact, normalizer: lower).ids == [0, 4])
    #expect(try encode("AYES", exact, normalizer: lower).ids == [0])
  }

  /// Odd, but what tokenizers 0.23.3 does: the normalized text is decoded, and is not the special token any more.
  @Test func normalizedTokensDecodeToTheirNormalizedText() throws {
    var small = SmallTokenizer()
    small.addedTokens = "[\(SmallTokenizer.addedToken("Yes", id: 7, normalized: true))]"
    #expect(try small.tokenizer().decode([0, 7, 0]) == "a a")
    small.normalizer = #"{"type": "Lowercase"}"#
    #expect(try small.tokenizer().decode([0, 7, 0]) == "a yes a")
  }

  /// The vocabulary counts a token once, whether the model has it or not.
  @Test func vocabularySizeCountsEachTokenOnce() throws {
    var tokenizer = SmallTokenizer()
    tokenizer.addedTokens = "[\(Small.addedToken("<unk>", id: 6)), \(Small.addedToken("<new>", id: 7))]"
    #expect(try tokenizer.tokenizer().vocabularySize == 8)
  }
}
