/// The character classes of the regular expressions that tokenizers are cut with, one byte for each code point.
///
/// They are read from Oniguruma at first use: see `OnigurumaPattern.codePoints(of:)`. Oniguruma 6.9.8, which Linux
/// distributions have, knows Unicode 14, while the reference is built with tables of Unicode 16: letters and digits that
/// came between may be cut apart differently, here and in every regular expression of a tokenizer.
enum CharacterClasses {
  /// `\p{L}`, `\p{N}`, `\s` and everything else: what the GPT-2 pattern tells apart.
  enum Kind {
    static let other: UInt8 = 0
    static let letter: UInt8 = 1
    static let number: UInt8 = 2
    static let space: UInt8 = 3
  }

  static let kinds: [UInt8] = {
    var table = [UInt8](repeating: Kind.other, count: 0x11_0000)
    for (property, kind) in [("L", Kind.letter), ("N", Kind.number), ("Space", Kind.space)] {
      for range in OnigurumaPattern.codePoints(of: property) {
        for code in range { table[Int(code)] = kind }
      }
    }
    return table
  }()

  /// `\w` of the Rust library `regex` (UTS 18 annex C): Oniguruma's, and the two joiners.
  private static let words: [Bool] = {
    var table = [Bool](repeating: false, count: 0x11_0000)
    for range in OnigurumaPattern.codePoints(of: "Word") + [0x200C...0x200D] {
      for code in range { table[Int(code)] = true }
    }
    return table
  }()

  static func isWord(_ scalar: UInt32) -> Bool { words[Int(scalar)] }

  static func isSpace(_ scalar: UInt32) -> Bool { kinds[Int(scalar)] == Kind.space }
}
