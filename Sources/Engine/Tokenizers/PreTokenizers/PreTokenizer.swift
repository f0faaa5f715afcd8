/// Cuts normalized text into the pieces that the model sees one by one.
protocol PreTokenizer: Sendable {
  func preTokenize(_ text: inout PreTokenizedText) throws
}

/// The pre-tokenizers of a `tokenizer.json`, by the value of their `type`.
enum PreTokenizers {
  private static let kinds: [String: @Sendable (JSONNode) throws -> any PreTokenizer] = [
    "BertPreTokenizer": { _ in BertPreTokenizer() },
    "ByteLevel": ByteLevelPreTokenizer.init,
    "CharDelimiterSplit": { PatternPreTokenizer(.removed, try CharDelimiter.pattern($0)) },
    "Digits": { node in
      let behavior: SplitBehavior = try node.bool("individual_digits", default: false) ? .isolated : .contiguous
      return PatternPreTokenizer(behavior, ScalarPattern(contains: ReferenceUnicode.isNumber))
    },
    "FixedLength": { PatternPreTokenizer(.isolated, try FixedLengthPattern($0)) },
    "Metaspace": MetaspacePreTokenizer.init,
    "Punctuation": { node in
      let behavior = try node.optional("behavior").map(SplitBehavior.init) ?? .isolated
      return PatternPreTokenizer(behavior, ScalarPattern(contains: ReferenceUnicode.isPunctuation))
    },
    "Sequence": { node in
      PreTokenizerSequence(parts: try node.required("pretokenizers").elements().map(make))
    },
    "Split": SplitPreTokenizer.make,
    "UnicodeScripts": { _ in ScriptPreTokenizer() },
    "Whitespace": { _ in
      // `\w` is that of the Rust library `regex` here, which counts the two joiners in.
      PatternPreTokenizer(
        .removed, try OnigurumaPattern(#"[\w\x{200C}\x{200D}]+|[^\w\s\x{200C}\x{200D}]+"#), isInverted: true)
    },
    "WhitespaceSplit": { _ in PatternPreTokenizer(.removed, ScalarPattern(contains: CharacterClasses.isSpace)) },
  ]

  static func make(_ node: JSONNode) throws -> any PreTokenizer {
    let kind = try node.kind()
    guard let make = kinds[kind] else {
      throw TokenizerError.unsupportedKind(
        file: node.file, role: "pre-tokenizer", kind: kind, supported: kinds.keys.sorted())
    }
    return try make(node)
  }
}

/// Several pre-tokenizers, each cutting what the one before it left.
struct PreTokenizerSequence: PreTokenizer {
  let parts: [any PreTokenizer]

  func preTokenize(_ text: inout PreTokenizedText) throws {
    for part in parts { try part.preTokenize(&text) }
  }
}
