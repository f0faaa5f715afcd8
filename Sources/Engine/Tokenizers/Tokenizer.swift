package import Foundation

/// A tokenizer in the format of Hugging Face's `tokenizers`, exact to the id and the offset.
///
/// Text goes through added tokens that match it as it is, the normalizer, added tokens that match normalized text, the
/// pre-tokenizer, the model and the post-processor. A tokenizer is immutable and can be used by several threads.
///
/// `truncation` of the file counts in `spell` only: for training, cutting documents is the data set's business, and
/// `transformers` switches it off there as well. `padding` never counts: it fills batches, and here is one text.
package struct Tokenizer: Sendable {
  private let normalizer: (any TextNormalizer)?
  private let preTokenizer: (any PreTokenizer)?
  private let model: any WordModel
  private let postProcessor: (any PostProcessor)?
  private let decoder: (any TokenDecoder)?
  private let added: AddedVocabulary
  private let truncation: TokenizerTruncation?
  private let configuration: TokenizerConfiguration
  /// The spaces at the ends of each token of the model, by id.
  private let margins: [EncodedToken.Margins]

  /// Reads `tokenizer.json` and, where they are there, `tokenizer_config.json` and `chat_template.jinja`.
  ///
  /// - Throws: `TokenizerError`.
  package init(directory: URL) throws {
    try self.init(folder: directory, file: "tokenizer.json")
  }

  /// Reads the tokenizer of a directory or of a GGUF file, or a file in the format of `tokenizer.json` under any name.
  ///
  /// - Throws: `TokenizerError`; `GGUFError` for a GGUF file.
  package init(contentsOf url: URL) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
      throw TokenizerError.unreadableFile(file: url.path, reason: "there is no such file or directory")
    }
    if let file = try Self.ggufFile(at: url) {
      try self.init(GGUFModel(file))
    } else if isDirectory.boolValue {
      try self.init(directory: url)
    } else {
      try self.init(folder: url.deletingLastPathComponent(), file: url.lastPathComponent)
    }
  }

  /// The GGUF file that a path means; a directory's own `tokenizer.json` comes before it.
  private static func ggufFile(at url: URL) throws -> URL? {
    let own = url.appending(path: "tokenizer.json").path
    return FileManager.default.fileExists(atPath: own) ? nil : try GGUFModel.file(at: url)
  }

  /// What identifies the tokenizer that `init(contentsOf:)` reads: the bytes of its file, or of a GGUF file those about
  /// the tokenizer.
  package static func digest(of url: URL) throws -> Digest {
    if let file = try ggufFile(at: url) { return try GGUFModel(file).tokenizerDigest() }
    var isDirectory: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
    return try Digest.sha256(of: isDirectory.boolValue ? url.appending(path: "tokenizer.json") : url)
  }

  private init(folder directory: URL, file: String) throws {
    func contents(of name: String) throws -> Data? {
      let url = directory.appending(path: name)
      guard FileManager.default.fileExists(atPath: url.path) else { return nil }
      do {
        return try Data(contentsOf: url)
      } catch {
        throw TokenizerError.unreadableFile(file: url.path, reason: error.localizedDescription)
      }
    }
    guard let json = try contents(of: file) else {
      throw TokenizerError.missingFile(directory: directory.path, file: file)
    }
    let template = directory.appending(path: "chat_template.jinja").path
    try self.init(
      json: json, configuration: contents(of: "tokenizer_config.json"),
      specialTokens: contents(of: "special_tokens_map.json"), folder: directory.path + "/", file: file,
      templateFile: FileManager.default.fileExists(atPath: template) ? template : nil)
  }

  /// - Parameters:
  ///   - json: the contents of a `tokenizer.json`.
  ///   - configuration: the contents of a `tokenizer_config.json`.
  /// - Throws: `TokenizerError`.
  package init(json: Data, configuration: Data?) throws {
    try self.init(
      json: json, configuration: configuration, specialTokens: nil, folder: "", file: "tokenizer.json",
      templateFile: nil)
  }

  private init(
    json: Data, configuration: Data?, specialTokens: Data?, folder: String, file: String, templateFile: String?
  ) throws {
    func parsed(_ data: Data, _ name: String) throws -> JSONNode {
      try JSONNode(parsing: data, file: folder + name)
    }
    var settings = TokenizerConfiguration()
    var isLegacy = true
    if let configuration {
      let node = try parsed(configuration, "tokenizer_config.json")
      settings = try TokenizerConfiguration(node)
      isLegacy = try node.optional("added_tokens_decoder") == nil
    }
    if isLegacy, let specialTokens {
      try settings.addLegacyTokens(parsed(specialTokens, "special_tokens_map.json"))
    }
    if let templateFile { settings.chatTemplate = .file(path: templateFile) }
    try self.init(parsed(json, file), configuration: settings)
  }

  /// Makes a tokenizer of what a `tokenizer.json` says, wherever it comes from.
  ///
  /// - Throws: `TokenizerError`.
  init(_ root: JSONNode, configuration: TokenizerConfiguration) throws {
    if let version = try root.optional("version"), try version.string() != "1.0" {
      throw version.unsupportedValue("'\(try version.string())'", expected: "'1.0'")
    }
    normalizer = try root.optional("normalizer").map(TextNormalizers.make)
    var preTokenizer = try root.optional("pre_tokenizer").map(PreTokenizers.make)
    model = try WordModels.make(root.required("model"), preTokenizer: &preTokenizer)
    self.preTokenizer = preTokenizer
    truncation = try root.optional("truncation").map(TokenizerTruncation.init)
    postProcessor = try root.optional("post_processor").map(PostProcessors.make)
    decoder = try root.optional("decoder").map(TokenDecoders.make)
    added = try AddedVocabulary(
      root.optional("added_tokens"), model: model.vocabulary, normalizer: normalizer)
    margins = model.vocabulary.margins
    self.configuration = configuration
  }

  /// Ids and offsets of `text`. With `addSpecialTokens` the post-processor adds its tokens; special tokens that the text
  /// spells are found either way.
  ///
  /// - Throws: `TokenizerError.failedSearch` where a regular expression of the tokenizer gives up on the text,
  ///   `TokenizerError.noUnknownToken` where the model has no token for part of it.
  package func encode(_ text: String, addSpecialTokens: Bool = true) throws -> Encoding {
    var (tokens, _) = try modelTokens(of: text)
    postProcessor?.process(&tokens, addSpecialTokens: addSpecialTokens)
    return Encoding(tokens)
  }

  /// What the library's own `encode` returns: ids, offsets and the spelling of each token, cut where the file has
  /// `truncation`.
  ///
  /// - Throws: as `encode`, and `TokenizerError.cannotTruncate`.
  package func spell(_ text: String, addSpecialTokens: Bool = true) throws -> SpelledEncoding {
    var (tokens, bytes) = try modelTokens(of: text)
    if let truncation {
      var special: [EncodedToken] = []
      postProcessor?.process(&special, addSpecialTokens: addSpecialTokens)
      try truncation.apply(to: &tokens, special: special.count)
    }
    postProcessor?.process(&tokens, addSpecialTokens: addSpecialTokens)
    let spellings = tokens.map { token -> String? in
      if let range = token.text { return String(decoding: bytes[range], as: UTF8.self) }
      return (added.meaning(of: token.id)?.text ?? model.vocabulary.token(of: token.id))?.string
    }
    return SpelledEncoding(encoding: Encoding(tokens), tokens: spellings)
  }

  /// The tokens of the model and the added tokens in the text, and the bytes of the normalized text.
  private func modelTokens(of string: String) throws -> (tokens: [EncodedToken], bytes: [UInt8]) {
    var text = PreTokenizedText(string)
    text.split(at: added.original)
    if let normalizer, !normalizer.isIdentity(upToByte: text.bytes.max() ?? 0) {
      try text.rewrite(normalizer.normalize)
    }
    text.split(at: added.normalized)
    try preTokenizer?.preTokenize(&text)

    var tokens: [EncodedToken] = []
    tokens.reserveCapacity(text.bytes.count / 3)
    var word = WordTokens()
    try text.bytes.withUnsafeBufferPointer { bytes in
      for piece in text.pieces {
        if let id = piece.token {
          tokens.append(
            EncodedToken(
              id: id, start: text.originalStart(of: piece.start), end: text.originalEnd(of: piece.end - 1),
              margins: .init(of: bytes[piece.start..<piece.end]), text: piece.start..<piece.end))
          continue
        }
        try model.tokenize(UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end]), into: &word)
        for token in word.tokens {
          // Byte tokens of a prefix that the model puts before characters lie outside the text.
          let start = min(piece.start + Int(token.start), piece.end - 1)
          let end = min(piece.start + Int(token.end), piece.end)
          let margins =
            token.isText ? EncodedToken.Margins(of: bytes[start..<end]) : self.margins[Int(token.id)]
          tokens.append(
            EncodedToken(
              id: token.id, start: text.originalStart(of: start), end: text.originalEnd(of: end - 1), margins: margins,
              text: token.isText ? start..<end : nil))
        }
      }
    }
    return (tokens, text.bytes)
  }

  /// The id of a token by its spelling; nil where there is none.
  package func id(of token: String) -> Int32? {
    added.id(of: ByteString(token)) ?? model.vocabulary.id(of: ByteString(token))
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

extension Encoding {
  fileprivate init(_ tokens: [EncodedToken]) {
    self.init(ids: tokens.map(\.id), offsets: tokens.map { Int($0.start)..<Int(max($0.start, $0.end)) })
  }
}

extension Tokenizer {
  /// Tokens of the model and added tokens, each counted once.
  package var vocabularySize: Int { model.vocabulary.count + added.newCount }

  /// The most tokens the model takes, where `tokenizer_config.json` names a limit.
  package var modelMaximumLength: Int? { configuration.modelMaximumLength }

  /// Whether `tokenizer_config.json` has a chat template, or `chat_template.jinja` lies beside it.
  package var hasChatTemplate: Bool { configuration.chatTemplate != nil }

  /// What turns conversations into text; nil where the tokenizer has no chat template. One that cannot be read says so
  /// when it renders.
  package var chatTemplate: ChatTemplate? {
    configuration.chatTemplate?.template(specialTokens: configuration.specialTokens)
  }

  package var beginningOfSequenceToken: String? { configuration.beginningOfSequenceToken }
  package var endOfSequenceToken: String? { configuration.endOfSequenceToken }
  package var paddingToken: String? { configuration.paddingToken }
  package var unknownToken: String? { configuration.unknownToken }
}
