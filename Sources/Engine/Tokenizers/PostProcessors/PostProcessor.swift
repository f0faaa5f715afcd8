/// A token of a text, on its way to an `Encoding`.
struct EncodedToken: Sendable {
  var id: Int32
  /// The range of scalars of the original text.
  var start: Int32
  var end: Int32
  /// What trimming needs of the token's text.
  var margins: Margins
  /// The bytes of the normalized text that the reference shows for the token; nil where it shows the vocabulary's.
  var text: Range<Int>?

  /// Spaces (also `Ġ`, the byte-level alphabet's) at the two ends of a token.
  struct Margins: Sendable, Equatable {
    var leading: Int32 = 0
    var trailing: Int32 = 0

    init(of token: some Collection<UInt8>) {
      let scalars = String(decoding: token, as: UTF8.self).unicodeScalars
      let isSpace: (Unicode.Scalar) -> Bool = { $0.value == ByteLevelAlphabet.space || $0.properties.isWhitespace }
      leading = Int32(truncatingIfNeeded: scalars.prefix(while: isSpace).count)
      trailing = Int32(truncatingIfNeeded: scalars.reversed().prefix(while: isSpace).count)
    }
  }

  /// A token that is not in the text.
  static func special(_ id: Int32, _ token: ByteString) -> EncodedToken {
    EncodedToken(id: id, start: 0, end: 0, margins: Margins(of: token.bytes))
  }
}

/// Finishes what the model made: adds special tokens, trims offsets.
protocol PostProcessor: Sendable {
  func process(_ tokens: inout [EncodedToken], addSpecialTokens: Bool)
}

/// The post-processors of a `tokenizer.json`, by the value of their `type`.
enum PostProcessors {
  private static let kinds: [String: @Sendable (JSONNode) throws -> any PostProcessor] = [
    "BertProcessing": { try FrameProcessor($0, trimmer: nil) },
    "ByteLevel": { PostProcessorSequence(parts: [try OffsetTrimmer($0)].compactMap { $0 }) },
    "RobertaProcessing": { try FrameProcessor($0, trimmer: OffsetTrimmer($0)) },
    "Sequence": { node in
      PostProcessorSequence(parts: try node.required("processors").elements().map(make))
    },
    "TemplateProcessing": TemplateProcessor.init,
  ]

  static func make(_ node: JSONNode) throws -> any PostProcessor {
    let kind = try node.kind()
    guard let make = kinds[kind] else {
      throw TokenizerError.unsupportedKind(
        file: node.file, role: "post-processor", kind: kind, supported: kinds.keys.sorted())
    }
    return try make(node)
  }
}

/// Several post-processors, one after the other.
struct PostProcessorSequence: PostProcessor {
  let parts: [any PostProcessor]

  func process(_ tokens: inout [EncodedToken], addSpecialTokens: Bool) {
    for part in parts { part.process(&tokens, addSpecialTokens: addSpecialTokens) }
  }
}
