/// SentencePiece's pre-tokenizer: spaces become a visible character, `▁` as a rule, and words begin at it.
struct MetaspacePreTokenizer: PreTokenizer {
  enum PrependScheme: String, CaseIterable {
    case always, first, never
  }

  let replacement: Unicode.Scalar
  let prependScheme: PrependScheme
  let splits: Bool

  init(_ node: JSONNode) throws {
    replacement = try node.required("replacement").scalar()
    prependScheme = try Self.prependScheme(node)
    splits = try node.bool("split", default: true)
  }

  static func prependScheme(_ node: JSONNode) throws -> PrependScheme {
    var scheme = PrependScheme.always
    if let node = try node.optional("prepend_scheme") {
      let name = try node.string()
      guard let named = PrependScheme(rawValue: name) else {
        throw node.unsupportedValue("'\(name)'", expected: "'always', 'first' or 'never'")
      }
      scheme = named
    }
    if let node = try node.optional("add_prefix_space"), try node.bool() == false, scheme != .never {
      throw node.unsupportedValue(
        "false", expected: "true where prepend_scheme is '\(scheme)' (the default is 'always')")
    }
    return scheme
  }

  func preTokenize(_ text: inout PreTokenizedText) throws {
    text.rewrite { piece in
      let spaces = piece.scalars.indices.filter { piece.scalars[$0] == 0x20 }
      piece.replace(spaces.map { $0..<$0 + 1 }, with: [replacement.value])
      let prepends =
        switch prependScheme {
        case .always: true
        case .first: piece.origin == 0
        case .never: false
        }
      if prepends, piece.scalars.first != replacement.value { piece.prepend([replacement.value]) }
    }
    if splits {
      try text.split(LiteralPattern(ByteString(String(replacement))), .mergedWithNext)
    }
  }
}
