import Foundation
import Testing

@testable import Engine

struct ByteLevelScannerTests {
  private func spans(_ text: String, _ pattern: any TextPattern) throws -> [TextSpan] {
    var spans: [TextSpan] = []
    try Array(text.utf8).withUnsafeBufferPointer { try pattern.appendSpans(of: $0, to: &spans) }
    return spans
  }

  @Test func agreesWithOnigurumaOnTheFixtureStrings() throws {
    let oniguruma = try OnigurumaPattern(ByteLevelScanner.pattern)
    let strings = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: TokenizerFixtures.folder.appending(path: "strings.json")))
    for string in strings {
      #expect(try spans(string, ByteLevelScanner()) == spans(string, oniguruma), "\(string.debugDescription)")
    }
  }

  /// Short texts of what the pattern cares about meet every branch; wild scalars meet every class.
  @Test func agreesWithOnigurumaOnRandomText() throws {
    let oniguruma = try OnigurumaPattern(ByteLevelScanner.pattern)
    let pool = Array("'''stmdrevl   \n\t\u{A0}\u{3000}\u{85}aZé語कि9٣½.,_\u{301}🚀".unicodeScalars)
    var random = SplitMix64(state: 1)
    for length in 0..<20 {
      for _ in 0..<1000 {
        let text = random.text(of: pool, length: length, wild: 6)
        #expect(try spans(text, ByteLevelScanner()) == spans(text, oniguruma), "\(text.debugDescription)")
      }
    }
  }

  /// The scanner's classes are the regular expression's over all of Unicode.
  @Test(arguments: [
    (#"\p{L}+"#, CharacterClasses.Kind.letter), (#"\p{N}+"#, CharacterClasses.Kind.number),
    (#"\s+"#, CharacterClasses.Kind.space), (#"[^\s\p{L}\p{N}]+"#, CharacterClasses.Kind.other),
  ])
  func classesAreThoseOfTheRegularExpression(pattern: String, kind: UInt8) throws {
    let scalars = (UInt32(0)..<0x11_0000).compactMap(Unicode.Scalar.init)
    let matches = try OnigurumaPattern(pattern).matches(in: scalars.map(\.value))
    let matched = Set(matches.flatMap { scalars[$0] })
    #expect(scalars.allSatisfy { matched.contains($0) == (CharacterClasses.kinds[Int($0.value)] == kind) })
  }
}
