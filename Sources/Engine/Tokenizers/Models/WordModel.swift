/// The part of a tokenizer that makes tokens of the pieces of text that the pre-tokenizer leaves ("words").
protocol WordModel: Sendable {
  var vocabulary: Vocabulary { get }

  /// Replaces the tokens of `output` by those of `word`, which is not empty.
  ///
  /// - Throws: `TokenizerError.noUnknownToken` where part of the word has no token and the model none for the unknown.
  func tokenize(_ word: UnsafeBufferPointer<UInt8>, into output: inout WordTokens) throws
}

/// The tokens of a word. One value serves all words of a text, so that its arrays are allocated once.
struct WordTokens {
  struct Token: Equatable {
    var id: Int32
    /// Bytes of the word.
    var start: Int32
    var end: Int32
    /// Whether the reference shows the bytes of the word for the token instead of the vocabulary's text.
    var isText = false
  }

  var tokens: [Token] = []
  /// Working memory of BPE.
  var symbols = SymbolSequence()
  /// Working memory of Unigram.
  var path: [UnigramModel.PathNode] = []

  mutating func append(_ id: Int32, _ range: Range<Int>, isText: Bool = false) {
    tokens.append(
      Token(
        id: id, start: Int32(truncatingIfNeeded: range.lowerBound), end: Int32(truncatingIfNeeded: range.upperBound),
        isText: isText))
  }
}

/// The models of a `tokenizer.json`, by the value of their `type`.
enum WordModels {
  private static let kinds: [String: @Sendable (JSONNode) throws -> any WordModel] = [
    "BPE": { try BPEModel($0, readsBytes: false) },
    "Unigram": UnigramModel.init,
    "WordLevel": WordLevelModel.init,
    "WordPiece": WordPieceModel.init,
  ]

  /// Reads the model at `node`, which with `preTokenizer` decides whether words come as raw bytes.
  static func make(_ node: JSONNode, preTokenizer: inout (any PreTokenizer)?) throws -> any WordModel {
    // Files of the library's early days have no type; they can only be told by their fields.
    let kind = try node.optional("type")?.string() ?? (node.optional("merges") == nil ? "untyped" : "BPE")
    guard let make = kinds[kind] else {
      throw TokenizerError.unsupportedKind(file: node.file, role: "model", kind: kind, supported: kinds.keys.sorted())
    }
    if kind == "BPE", try BPEModel.canReadBytes(node), var byteLevel = preTokenizer {
      let readsBytes = ByteLevelPreTokenizer.leaveBytes(of: &byteLevel)
      preTokenizer = byteLevel
      return try BPEModel(node, readsBytes: readsBytes)
    }
    return try make(node)
  }
}
