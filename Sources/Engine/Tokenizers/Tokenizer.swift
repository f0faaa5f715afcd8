package import Foundation

/// A tokenizer in the format of Hugging Face's `tokenizers`, exact to the id and the offset.
///
/// Text goes through added tokens that match it as it is, the normalizer, added tokens that match normalized text, the
/// pre-tokenizer, the model and the post-processor. A tokenizer is immutable and can be used by several threads.
///
/// `truncation` and `padding` of the file are left alone: cutting documents is the data set's business.
package struct Tokenizer: Sendable {
  private let normalizer: (any TextNormalizer)?
  private let preTokenizer: (any PreTokenizer)?
  private let model: BPEModel
  private let postProcessor: (any PostProcessor)?
  private let decoder: (any TokenDecoder)?
  private let added: AddedVocabulary
  private let configuration: TokenizerConfiguration
  /// The spaces at the ends of each token of the model, by id.
  private let margins: [EncodedToken.Margins]

  /// Reads `tokenizer.json` and, where they are there, `tokenizer_config.json` and `chat_template.jinja`.
  ///
  /// - Throws: `TokenizerError`.
  package init(directory: URL) throws {
    func contents(of name: String) throws -> Data? {
      let url = directory.appending(path: name)
      guard FileManager.default.fileExists(atPath: url.path) else { return nil }
      do {
        return try Data(contentsOf: url)
      } catch {
        throw TokenizerError.unreadableFile(file: url.path, reason: error.localizedDescription)
      }
    }
    guard let json = try contents(of: "tokenizer.json") else {
      throw TokenizerError.missingFile(directory: directory.path, file: "tokenizer.json")
    }
    let template = directory.appending(path: "chat_template.jinja").path
    try self.init(
      json: json, configuration: contents(of: "tokenizer_config.json"), folder: directory.path + "/",
      hasTemplateFile: FileManager.default.fileExists(atPath: template))
  }

  /// - Parameters:
  ///   - json: the contents of a `tokenizer.json`.
  ///   - configuration: the contents of a `tokenizer_config.json`.
  /// - Throws: `TokenizerError`.
  package init(json: Data, configuration: Data?) throws {
    try self.init(json: json, configuration: configuration, folder: "", hasTemplateFile: false)
  }

  private init(json: Data, configuration: Data?, folder: String, hasTemplateFile: Bool) throws {
    func parsed(_ data: Data, _ name: String) throws -> JSONNode {
      try JSONNode(parsing: data, file: folder + name)
    }
    let root = try parsed(json, "tokenizer.json")
    if let version = try root.optional("version"), try version.string() != "1.0" {
      throw version.unsupportedValue("'\(try version.string())'", expected: "'1.0'")
    }
    normalizer = try root.optional("normalizer").map(TextNormalizers.make)
    var preTokenizer = try root.optional("pre_tokenizer").map(PreTokenizers.make)
    let modelNode = try root.required("model")
    // Files of the library's early days have no type; they can only be told by their fields.
    let kind = try modelNode.optional("type")?.string() ?? (modelNode.optional("merges") == nil ? "untyped" : "BPE")
    guard kind == "BPE" else {
      throw TokenizerError.unsupportedKind(file: root.file, role: "model", kind: kind, supported: ["BPE"])
    }
    var readsBytes = false
    if try BPEModel.canReadBytes(modelNode), var byteLevel = preTokenizer {
      readsBytes = ByteLevelPreTokenizer.leaveBytes(of: &byteLevel)
      preTokenizer = byteLevel
    }
    self.preTokenizer = preTokenizer
    model = try BPEModel(modelNode, readsBytes: readsBytes)
    postProcessor = try root.optional("post_processor").map(PostProcessors.make)
    decoder = try root.optional("decoder").map(TokenDecoders.make)
    added = try AddedVocabulary(
      root.optional("added_tokens"), model: model.vocabulary, normalizer: normalizer)
    margins = model.vocabulary.margins
    var settings = TokenizerConfiguration()
    if let configuration { settings = try TokenizerConfiguration(parsed(configuration, "tokenizer_config.json")) }
    if hasTemplateFile { settings.hasChatTemplate = true }
    self.configuration = settings
  }

  /// Ids and offsets of `text`. With `addSpecialTokens` the post-processor adds its tokens; special tokens that the text
  /// spells are found either way.
  ///
  /// - Throws: `TokenizerError.failedSearch` where a regular expression of the tokenizer gives up on the text.
  package func encode(_ text: String, addSpecialTokens: Bool = true) throws -> Encoding {
    var tokens = try modelTokens(of: text)
    postProcessor?.process(&tokens, addSpecialTokens: addSpecialTokens)
    return Encoding(ids: tokens.map(\.id), offsets: tokens.map { Int($0.start)..<Int(max($0.start, $0.end)) })
  }

  private func modelTokens(of string: String) throws -> [EncodedToken] {
    var text = PreTokenizedText(string)
    text.split(at: added.original)
    if let normalizer, !normalizer.isIdentity(upToByte: text.bytes.max() ?? 0) {
      try text.rewrite(normalizer.normalize)
    }
    text.split(at: added.normalized)
    try preTokenizer?.preTokenize(&text)

    var tokens: [EncodedToken] = []
    tokens.reserveCapacity(text.bytes.count / 3)
    var symbols = SymbolSequence()
    text.bytes.withUnsafeBufferPointer { bytes in
      for piece in text.pieces {
        if let id = piece.token {
          tokens.append(
            EncodedToken(
              id: id, start: text.originalStart(of: piece.start), end: text.originalEnd(of: piece.end - 1),
              margins: .init(of: bytes[piece.start..<piece.end])))
          continue
        }
        model.tokenize(UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end]), into: &symbols)
        var start = piece.start
        for index in 0..<symbols.count {
          let id = symbols.ids[index]
          // Byte tokens of a prefix that the model puts before characters lie outside the text.
          let end = min(start + Int(symbols.lengths[index]), piece.end)
          tokens.append(
            EncodedToken(
              id: id, start: text.originalStart(of: min(start, piece.end - 1)), end: text.originalEnd(of: end - 1),
              margins: margins[Int(id)]))
          start = end
        }
      }
    }
    return tokens
  }

  /// The text of `ids`, without special tokens where those are skipped.
  ///
  /// - Throws: `TokenizerError.unknownIdentifier` for an id that no token has.
  package func decode(_ ids: [Int32], skipSpecialTokens: Bool = true) throws -> String {
    var tokens: [ByteString] = []
    for id in ids {
      if let meaning = added.meaning(of: id) {
        if !(skipSpecialTokens && meaning.isSpecial) { tokens.append(meaning.text) }
      } else if let token = model.vocabulary.token(of: id) {
        tokens.append(token)
      } else {
        throw TokenizerError.unknownIdentifier(id: id, vocabularySize: vocabularySize)
      }
    }
    guard let decoder else { return tokens.map(\.string).joined(separator: " ") }
    return String(decoding: try decoder.decode(tokens).flatMap(\.bytes), as: UTF8.self)
  }
}

extension Tokenizer {
  /// Tokens of the model and added tokens, each counted once.
  package var vocabularySize: Int { model.vocabulary.count + added.newCount }

  /// The most tokens the model takes, where `tokenizer_config.json` names a limit.
  package var modelMaximumLength: Int? { configuration.modelMaximumLength }

  /// Whether `tokenizer_config.json` has a chat template, or `chat_template.jinja` lies beside it.
  package var hasChatTemplate: Bool { configuration.hasChatTemplate }

  package var beginningOfSequenceToken: String? { configuration.beginningOfSequenceToken }
  package var endOfSequenceToken: String? { configuration.endOfSequenceToken }
  package var paddingToken: String? { configuration.paddingToken }
  package var unknownToken: String? { configuration.unknownToken }
}
