/// Cuts at the matches of a pattern: what `Split` and several fixed pre-tokenizers come to.
struct PatternPreTokenizer: PreTokenizer {
  let behavior: SplitBehavior
  let pattern: any TextPattern
  let isInverted: Bool

  init(_ behavior: SplitBehavior, _ pattern: any TextPattern, isInverted: Bool = false) {
    self.behavior = behavior
    self.pattern = pattern
    self.isInverted = isInverted
  }

  func preTokenize(_ text: inout PreTokenizedText) throws {
    try text.split(pattern, behavior, isInverted: isInverted)
  }
}

/// `Split`: a pattern and a behavior from the file.
enum SplitPreTokenizer {
  @Sendable
  static func make(_ node: JSONNode) throws -> any PreTokenizer {
    PatternPreTokenizer(
      try SplitBehavior(node.required("behavior")), try TextPatterns.make(node.required("pattern")),
      isInverted: try node.bool("invert", default: false))
  }
}

/// `CharDelimiterSplit`: one character that is dropped.
enum CharDelimiter {
  static func pattern(_ node: JSONNode) throws -> any TextPattern {
    LiteralPattern(ByteString(String(try node.required("delimiter").scalar())))
  }
}

/// Patterns as `Split` and `Replace` write them: `{"String": "▁"}` or `{"Regex": "\\s+"}`.
enum TextPatterns {
  static func make(_ node: JSONNode) throws -> any TextPattern {
    if let literal = try node.optional("String") {
      let bytes = try literal.bytes()
      return bytes.bytes.isEmpty ? try regularExpression("", literal) : LiteralPattern(bytes)
    }
    if let regex = try node.optional("Regex") {
      let pattern = try regex.string()
      // Tokenizers that spell GPT-2's pattern out deserve its scanner as well.
      return pattern == ByteLevelScanner.pattern ? ByteLevelScanner() : try regularExpression(pattern, regex)
    }
    throw node.unsupportedValue(node.value.kind, expected: "an object with 'String' or 'Regex'")
  }

  private static func regularExpression(_ pattern: String, _ node: JSONNode) throws -> any TextPattern {
    do {
      return try OnigurumaPattern(pattern)
    } catch {
      throw TokenizerError.invalidPattern(file: node.file, path: node.path, pattern: pattern, code: error.code)
    }
  }
}
