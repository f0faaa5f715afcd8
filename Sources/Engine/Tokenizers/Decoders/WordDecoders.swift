/// Joins WordPiece tokens: those with the prefix continue the word, others begin one.
struct WordPieceDecoder: TokenDecoder {
  let prefix: [UInt8]
  let cleansUp: Bool

  init(_ node: JSONNode) throws {
    prefix = try node.required("prefix").bytes().bytes
    cleansUp = try node.required("cleanup").bool()
  }

  func decode(_ tokens: [ByteString]) -> [ByteString] {
    tokens.enumerated().map { index, token in
      var text = token.bytes
      if index > 0 {
        if text.starts(with: prefix) { text.removeFirst(prefix.count) } else { text.insert(0x20, at: 0) }
      }
      return ByteString(cleansUp ? DecodedText.cleanedUp(text) : text)
    }
  }
}

/// Reads the output of connectionist temporal classification (Graves et al. 2006): repeated tokens count once, padding
/// not at all.
struct CTCDecoder: TokenDecoder {
  let padding: [UInt8]
  let delimiter: [UInt8]
  let cleansUp: Bool

  init(_ node: JSONNode) throws {
    func text(_ key: String) throws -> [UInt8] {
      let child = try node.required(key)
      let bytes = try child.bytes().bytes
      guard !bytes.isEmpty else { throw child.unsupportedValue("empty", expected: "a token") }
      return bytes
    }
    padding = try text("pad_token")
    delimiter = try text("word_delimiter_token")
    cleansUp = try node.required("cleanup").bool()
  }

  func decode(_ tokens: [ByteString]) -> [ByteString] {
    var result: [ByteString] = []
    for (index, token) in tokens.enumerated() where index == 0 || tokens[index - 1] != token {
      var text = DecodedText.replacing(padding, by: [], in: token.bytes)
      // The reference replaces the delimiter in the clean-up only.
      if cleansUp { text = DecodedText.replacing(delimiter, by: [0x20], in: DecodedText.cleanedUp(text)) }
      if !text.isEmpty { result.append(ByteString(text)) }
    }
    return result
  }
}

/// What decoders do to the text of one token.
enum DecodedText {
  /// In the reference's order, with its slip of the pen at "do not".
  private static let repairs: [(pattern: [UInt8], replacement: [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

  /// Takes out the spaces that tokenization put before punctuation.
  static func cleanedUp(_ text: [UInt8]) -> [UInt8] {
    repairs.reduce(text) { replacing($1.pattern, by: $1.replacement, in: $0) }
  }

  /// `text` with every match of `pattern`, which is not empty, replaced.
  static func replacing(_ pattern: [UInt8], by replacement: [UInt8], in text: [UInt8]) -> [UInt8] {
    var spans: [TextSpan] = []
    text.withUnsafeBufferPointer { LiteralPattern(ByteString(pattern)).appendSpans(of: $0, to: &spans) }
    return spans.flatMap { $0.isMatch ? replacement : Array(text[$0.start..<$0.end]) }
  }
}
