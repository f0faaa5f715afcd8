/// Turns the texts of tokens back into a text. Each step maps texts to texts; in the end they are joined.
protocol TokenDecoder: Sendable {
  func decode(_ tokens: [ByteString]) throws -> [ByteString]
}

/// The decoders of a `tokenizer.json`, by the value of their `type`.
enum TokenDecoders {
  private static let kinds: [String: @Sendable (JSONNode) throws -> any TokenDecoder] = [
    "BPEDecoder": SuffixDecoder.init,
    "ByteFallback": { _ in ByteFallbackDecoder() },
    "ByteLevel": { _ in ByteLevelDecoder() },
    "CTC": CTCDecoder.init,
    "Fuse": { _ in FuseDecoder() },
    "Metaspace": MetaspaceDecoder.init,
    "Replace": ReplaceDecoder.init,
    "Sequence": { TokenDecoderSequence(parts: try $0.required("decoders").elements().map(make)) },
    "Strip": StripDecoder.init,
    "WordPiece": WordPieceDecoder.init,
  ]

  static func make(_ node: JSONNode) throws -> any TokenDecoder {
    let kind = try node.kind()
    guard let make = kinds[kind] else {
      throw TokenizerError.unsupportedKind(
        file: node.file, role: "decoder", kind: kind, supported: kinds.keys.sorted())
    }
    return try make(node)
  }
}

/// Several decoders, one after the other.
struct TokenDecoderSequence: TokenDecoder {
  let parts: [any TokenDecoder]

  func decode(_ tokens: [ByteString]) throws -> [ByteString] {
    try parts.reduce(tokens) { try $1.decode($0) }
  }
}

/// Joins all tokens into one, so that the steps that follow see the whole text.
struct FuseDecoder: TokenDecoder {
  func decode(_ tokens: [ByteString]) -> [ByteString] {
    [ByteString(tokens.flatMap(\.bytes))]
  }
}
