/// Rewrites text before it is cut, keeping track of what came from where.
protocol TextNormalizer: Sendable {
  func normalize(_ text: inout AlignedScalars) throws

  /// Whether text comes back as it is, judged by its largest byte of UTF-8 alone. Saves ordinary text the way through
  /// scalars and back; false is always a safe answer.
  func isIdentity(upToByte largest: UInt8) -> Bool
}

extension TextNormalizer {
  func isIdentity(upToByte largest: UInt8) -> Bool { false }
}

/// The normalizers of a `tokenizer.json`, by the value of their `type`.
enum TextNormalizers {
  private static let kinds: [String: @Sendable (JSONNode) throws -> any TextNormalizer] = [
    "BertNormalizer": BertNormalizer.init,
    "ByteLevel": { _ in ByteLevelNormalizer() },
    "Lowercase": { _ in LowercaseNormalizer() },
    "NFC": { _ in UnicodeNormalizer.nfc },
    "NFD": { _ in UnicodeNormalizer.nfd },
    "NFKC": { _ in UnicodeNormalizer.nfkc },
    "NFKD": { _ in UnicodeNormalizer.nfkd },
    "Nmt": { _ in NmtNormalizer() },
    "Precompiled": PrecompiledNormalizer.init,
    "Prepend": PrependNormalizer.init,
    "Replace": ReplaceNormalizer.init,
    "Sequence": { node in
      TextNormalizerSequence(parts: try node.required("normalizers").elements().map(make))
    },
    "Strip": StripNormalizer.init,
    "StripAccents": { _ in StripAccentsNormalizer() },
  ]

  static func make(_ node: JSONNode) throws -> any TextNormalizer {
    let kind = try node.kind()
    guard let make = kinds[kind] else {
      throw TokenizerError.unsupportedKind(
        file: node.file, role: "normalizer", kind: kind, supported: kinds.keys.sorted())
    }
    return try make(node)
  }
}

/// Several normalizers, one after the other.
struct TextNormalizerSequence: TextNormalizer {
  let parts: [any TextNormalizer]

  func normalize(_ text: inout AlignedScalars) throws {
    for part in parts { try part.normalize(&text) }
  }

  func isIdentity(upToByte largest: UInt8) -> Bool {
    parts.allSatisfy { $0.isIdentity(upToByte: largest) }
  }
}

/// Writes every byte as a printable character, as the byte-level pre-tokenizer does.
struct ByteLevelNormalizer: TextNormalizer {
  func normalize(_ text: inout AlignedScalars) {
    ByteLevelPreTokenizer.writeCharacters(&text)
  }
}
