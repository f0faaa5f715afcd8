/// The pattern that GPT-2 cuts text with, written out by hand because it is the commonest of all and a regular
/// expression engine spends more on it than the merging does:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// Every scalar is of one of the four classes, so matches cover the text without gaps.
struct ByteLevelScanner: TextPattern {
  /// What the scanner stands for; the tests hold one against the other.
  static let pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  private typealias Kind = CharacterClasses.Kind

  func appendSpans(of text: UnsafeBufferPointer<UInt8>, to spans: inout [TextSpan]) {
    CharacterClasses.kinds.withUnsafeBufferPointer { kinds in
      var position = 0
      while position < text.count {
        let end = Self.matchEnd(in: text, from: position, kinds)
        spans.append(TextSpan(start: position, end: end, isMatch: true))
        position = end
      }
    }
  }

  private static func matchEnd(
    in text: UnsafeBufferPointer<UInt8>, from start: Int, _ kinds: UnsafeBufferPointer<UInt8>
  ) -> Int {
    if text[start] == UInt8(ascii: "'"), let end = contractionEnd(in: text, from: start) { return end }
    let (first, next) = UTF8Decoding.scalar(in: text, at: start)
    let kind = kinds[Int(first)]
    if kind != Kind.space { return runEnd(in: text, from: next, kind, kinds) }
    if first == 0x20, next < text.count {
      let (second, afterSecond) = UTF8Decoding.scalar(in: text, at: next)
      let secondKind = kinds[Int(second)]
      if secondKind != Kind.space { return runEnd(in: text, from: afterSecond, secondKind, kinds) }
    }
    let end = runEnd(in: text, from: next, Kind.space, kinds)
    // `\s+(?!\S)` gives the last space back to the word that follows, unless it is the only one.
    return end == text.count || end == next ? end : UTF8Decoding.start(in: text, before: end)
  }

  private static func contractionEnd(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard start + 1 < text.count else { return nil }
    let second = text[start + 1]
    switch second {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    default: break
    }
    guard start + 2 < text.count else { return nil }
    switch (second, text[start + 2]) {
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    default: return nil
    }
  }

  @inline(__always)
  private static func runEnd(
    in text: UnsafeBufferPointer<UInt8>, from start: Int, _ kind: UInt8, _ kinds: UnsafeBufferPointer<UInt8>
  ) -> Int {
    var position = start
    while position < text.count {
      let (scalar, next) = UTF8Decoding.scalar(in: text, at: position)
      guard kinds[Int(scalar)] == kind else { break }
      position = next
    }
    return position
  }
}
