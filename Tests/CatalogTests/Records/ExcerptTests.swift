import Testing

@testable import Catalog

struct ExcerptTests {
  @Test(arguments: [
    ("", 0, ""), ("", 5, ""), ("abc", 0, ""), ("abc", 2, "ab"), ("abc", 3, "abc"), ("abc", 4, "abc"),
    // e with a combining accent, two scalars, is one character.
    ("ae\u{301}b", 2, "a"), ("ae\u{301}b", 3, "ae\u{301}"), ("e\u{301}", 1, ""),
    // A family is seven scalars.
    ("x👨‍👩‍👧‍👦y", 5, "x"), ("x👨‍👩‍👧‍👦y", 8, "x👨‍👩‍👧‍👦"), ("👨‍👩‍👧‍👦y", 6, ""),
    ("\r\nx", 1, ""), ("日本語", 2, "日本"),
  ])
  func beginningEndsBetweenCharacters(text: String, limit: Int, expected: String) {
    #expect(Excerpt.beginning(of: text, limit: limit) == expected)
  }

  @Test func nulIsMadeVisible() {
    #expect(Excerpt.storable("a\0b\0") == "a␀b␀")
    #expect(Excerpt.beginning(of: "a\0bc", limit: 3) == "a␀b")
  }

  @Test func documentKnowsWhetherItIsWhole() throws {
    let digest = String(repeating: "a", count: 64)
    let whole = DocumentRecord(runID: "r", row: 1, fullText: "a\0b", digest: digest, excerptLimit: 3)
    #expect(!whole.isExcerpt)
    #expect(whole.characterCount == 3)
    let cut = DocumentRecord(runID: "r", row: 1, fullText: "abcd", digest: digest, excerptLimit: 3)
    #expect(cut.isExcerpt)
    #expect(cut.text == "abc")
    #expect(cut.characterCount == 4)
  }

  @Test func textsWithNULComeBackWhole() throws {
    let catalog = try RunCatalog.inMemory()
    let run = try catalog.register(.sample())
    var publication = Publication()
    publication.queries = [AttributionQueryRecord(runID: run.id, position: 0, text: "q\0uery", row: 0, loss: nil)]
    publication.documents = [
      DocumentRecord(
        runID: run.id, row: 1, fullText: "be\0fore", digest: String(repeating: "a", count: 64), excerptLimit: 100)
    ]
    try catalog.publish(publication)
    let read = try catalog.publication(of: run.id)
    #expect(read == publication)
    #expect(read.documents.first?.text == "be␀fore")
  }
}
