/// The character classes of the regular expressions that tokenizers are cut with, one byte for each code point.
///
/// They are read from Oniguruma at first use (`OnigurumaPattern.codePoints(of:)`), and for characters that it is too old
/// for from their stand-ins (`NewerCharacters`).
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
    for code in NewerCharacters.all {
      if let standIn = NewerCharacters.standIn(for: code) { table[Int(code)] = table[Int(standIn)] }
    }
    return table
  }()

  /// `\w` of the Rust library `regex` (UTS 18 annex C): Oniguruma's, and the two joiners.
  private static let words: [Bool] = {
    var table = [Bool](repeating: false, count: 0x11_0000)
    for range in OnigurumaPattern.codePoints(of: "Word") + [0x200C...0x200D] {
      for code in range { table[Int(code)] = true }
    }
    for code in NewerCharacters.all {
      if let standIn = NewerCharacters.standIn(for: code) { table[Int(code)] = table[Int(standIn)] }
    }
    return table
  }()

  static func isWord(_ scalar: UInt32) -> Bool { words[Int(scalar)] }

  static func isSpace(_ scalar: UInt32) -> Bool { kinds[Int(scalar)] == Kind.space }
}
