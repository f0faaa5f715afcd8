import Testing

@testable import Engine

struct NewerCharactersTests {
  private func matches(_ pattern: String, _ text: String) throws -> [String] {
    let bytes = Array(text.utf8)
    var spans: [TextSpan] = []
    try bytes.withUnsafeBufferPointer { try OnigurumaPattern(pattern).appendSpans(of: $0, to: &spans) }
    return spans.filter(\.isMatch).map { String(decoding: bytes[$0.start..<$0.end], as: UTF8.self) }
  }

  /// A character of each category and length, as the tokenizers library (0.23) has them.
  @Test(arguments: [
    (#"\p{Lu}"#, "\u{1C89}"), (#"\p{Ll}"#, "\u{1C8A}"), (#"\p{Lu}"#, "\u{10D50}"), (#"\p{Ll}"#, "\u{10D70}"),
    (#"\p{Lm}"#, "\u{10D4E}"), (#"\p{Lo}"#, "\u{14025}"), (#"\p{L}"#, "\u{31E6B}"), (#"\p{Han}"#, "\u{2EBF0}"),
    (#"\p{Mn}"#, "\u{897}"), (#"\p{Mn}"#, "\u{10D69}"), (#"\p{Mc}"#, "\u{CF3}"), (#"\p{Mc}"#, "\u{113B8}"),
    (#"\p{Nd}"#, "\u{10D40}"), (#"\p{N}"#, "\u{1D2C0}"), (#"\p{P}"#, "\u{1B4E}"), (#"\p{Po}"#, "\u{113D4}"),
    (#"\p{Pd}"#, "\u{10D6E}"), (#"\p{Sm}"#, "\u{10D8E}"), (#"\p{So}"#, "\u{2427}"), (#"\p{S}"#, "\u{1CC00}"),
    (#"\p{Cf}"#, "\u{13439}"), (#"\w"#, "\u{16103}"),
  ])
  func charactersOfUnicode16HaveTheirCategory(pattern: String, character: String) throws {
    #expect(try matches(pattern, "  \(character) \(character)") == [character, character])
  }

  /// Unicode 17 added these: nobody knows them yet.
  @Test(arguments: ["\u{11DB0}", "\u{88F}"]) func youngerCharactersStayUnknown(character: String) throws {
    #expect(try matches(#"\p{L}"#, character).isEmpty)
  }

  @Test func standInsTakeAsManyBytesAndNeedNoneThemselves() throws {
    var count = 0
    for character in NewerCharacters.all {
      let standIn = try #require(NewerCharacters.standIn(for: character))
      #expect(UTF8Decoding.bytes(of: [character]).count == UTF8Decoding.bytes(of: [standIn]).count)
      #expect(NewerCharacters.standIn(for: standIn) == nil)
      count += 1
    }
    // Those that Unicode 15 and 16 added, where Oniguruma knows neither.
    #expect(count == 0 || count > 4000, "\(count)")
  }

  @Test func contractionsBehindThemAreCutAsTheReferenceCutsThem() throws {
    let pattern = ByteLevelScanner.pattern
    #expect(try matches(pattern, "\u{31E6B}'t8") == ["\u{31E6B}", "'t", "8"])
    var spans: [TextSpan] = []
    Array("\u{31E6B}'t8".utf8).withUnsafeBufferPointer { ByteLevelScanner().appendSpans(of: $0, to: &spans) }
    #expect(spans.map { $0.end - $0.start } == [4, 2, 1])
  }
}
