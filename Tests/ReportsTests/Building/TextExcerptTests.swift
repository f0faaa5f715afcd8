import Testing

@testable import Reports

struct TextExcerptTests {
  @Test func beginningsAreOneLineOfWholeWordsAndCharacters() {
    #expect(TextExcerpt.beginning(of: "  a\n\tb   c ", limit: 10) == "a b c")
    #expect(TextExcerpt.beginning(of: "abcdef", limit: 3) == "abc…")
    #expect(TextExcerpt.beginning(of: "a👨‍👩‍👧b", limit: 3) == "a…")
    #expect(TextExcerpt.beginning(of: " \n ", limit: 3) == "(blank)")
    #expect(TextExcerpt.beginning(of: "", limit: 3) == "(blank)")
  }

  @Test func aCharacterWithAThousandAccentsIsTooLong() {
    let accents = "x" + String(repeating: "\u{0301}", count: 1_000)
    #expect(TextExcerpt.beginning(of: "a " + accents, limit: 160) == "a…")
  }

  @Test func longTextsAndThoseOfManyLinesAreFolded() {
    #expect(!TextExcerpt.text(String(repeating: "a", count: 280)).isLong)
    #expect(TextExcerpt.text(String(repeating: "a", count: 281)).isLong)
    #expect(!TextExcerpt.text("1\n2\n3\n4\n5\n6").isLong)
    #expect(TextExcerpt.text("1\n2\n3\n4\n5\n6\n7").isLong)
  }
}
