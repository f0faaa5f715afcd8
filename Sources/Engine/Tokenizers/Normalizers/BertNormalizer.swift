/// BERT's clean-up: control characters go, Chinese characters stand alone, accents and case are dropped where asked.
struct BertNormalizer: TextNormalizer {
  let cleansText: Bool
  let separatesChinese: Bool
  let stripsAccents: Bool
  let lowercases: Bool

  init(_ node: JSONNode) throws {
    cleansText = try node.required("clean_text").bool()
    separatesChinese = try node.required("handle_chinese_chars").bool()
    lowercases = try node.required("lowercase").bool()
    stripsAccents = try node.optional("strip_accents")?.bool() ?? lowercases
  }

  func normalize(_ text: inout AlignedScalars) throws {
    if cleansText {
      text.filter { !Self.isRemoved($0) }
      text.map { CharacterClasses.isSpace($0) ? 0x20 : $0 }
    }
    if separatesChinese { Self.separateChinese(&text) }
    if stripsAccents {
      UnicodeNormalizer.nfd.normalize(&text)
      text.filter { !ReferenceUnicode.isNonspacingMark($0) }
    }
    if lowercases { LowercaseNormalizer().normalize(&text) }
  }

  private static func isRemoved(_ code: UInt32) -> Bool {
    switch code {
    case 0x09, 0x0A, 0x0D: false
    case 0, 0xFFFD: true
    default: ReferenceUnicode.isOther(code)
    }
  }

  /// Puts spaces around. The reference replaces the character by a space and
  /// adds the character and a second space behind it, so that all three stand for the same place in the original.
  private static func separateChinese(_ text: inout AlignedScalars) {
    var changes: [AlignedScalars.Change] = []
    for code in text.scalars {
      guard isChinese(code) else {
        changes.append(.init(scalar: code, change: 0))
        continue
      }
      changes.append(.init(scalar: 0x20, change: 0))
      changes.append(.init(scalar: code, change: 1))
      changes.append(.init(scalar: 0x20, change: 1))
    }
    text.transform(changes)
  }

  /// The CJK blocks as the reference lists them, from U+2B920 where Extension E really starts at U+2B820.
  private static func isChinese(_ code: UInt32) -> Bool {
    switch code {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x2_0000...0x2_A6DF, 0x2_A700...0x2_B73F, 0x2_B740...0x2_B81F,
      0x2_B920...0x2_CEAF, 0xF900...0xFAFF, 0x2_F800...0x2_FA1F:
      true
    default: false
    }
  }
}
