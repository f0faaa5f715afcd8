import Foundation

/// The tokenizer of a GGUF file, as the `tokenizer.json` and `tokenizer_config.json` that a directory would have.
///
/// Keys: gguf/constants.py. As transformers 5.23 builds it (integrations/gguf/gguf_tokenizer_mapping.py), except where the
/// model's own tokenizer.json does otherwise: `GGUFWordCut` says where.
struct GGUFTokenizer {
  /// llama.cpp's kinds of tokens.
  private enum Kind: Int {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  private static let prefix = "tokenizer."
  private static let space = "\u{2581}"
  private static let tokensKey = "tokenizer.ggml.tokens"
  private static let kinds: [String: @Sendable (GGUFTokenizer) throws -> JSONObject] = [
    "gpt2": { try $0.byteLevel() },
    "llama": { try $0.sentencePiece() },
  ]

  private let metadata: GGUFMetadata
  private let tokens: [String]
  /// Tokens whose text is not as the file spells it.
  private let respelled: Set<Int>
  /// Gemma's tokenizers call themselves llama and are not like the others.
  private let isGemma: Bool
  private let make: @Sendable (GGUFTokenizer) throws -> JSONObject

  init(_ metadata: GGUFMetadata) throws {
    self.metadata = metadata
    let model = try metadata.required("tokenizer.ggml.model", metadata.string)
    guard let make = Self.kinds[model] else {
      throw GGUFError.unsupportedTokenizer(file: metadata.file, model: model, known: Self.kinds.keys.sorted())
    }
    self.make = make
    isGemma = try metadata.string("general.architecture")?.hasPrefix("gemma") == true
    var tokens = try metadata.required(Self.tokensKey, metadata.strings)
    guard !tokens.isEmpty else {
      throw GGUFError.outOfRange(file: metadata.file, key: Self.tokensKey, found: "empty", expected: "tokens")
    }
    var respelled: Set<Int> = []
    if isGemma {
      // Runs of spaces stand there as they are, while the text that is looked up has them as `▁`.
      for (id, token) in tokens.enumerated() where token.utf8.contains(0x20) && token.utf8.allSatisfy({ $0 == 0x20 }) {
        tokens[id] = String(repeating: Self.space, count: token.utf8.count)
        respelled.insert(id)
      }
    }
    (self.tokens, self.respelled) = (tokens, respelled)
  }

  /// SHA-256 over the metadata about the tokenizer, by key.
  static func digest(_ metadata: GGUFMetadata) -> Digest {
    var hasher = SHA256Hasher()
    hasher.update("bergson gguf tokenizer 1\n")
    for key in metadata.keys where key.hasPrefix(prefix) {
      metadata.withBytes(of: key) { bytes in
        hasher.update("\(key.utf8.count) \(key) \(bytes.count)\n")
        hasher.update(bytes)
      }
    }
    return hasher.finalize()
  }

  /// As tokenizer.json.
  func tokenizer() throws -> JSONValue {
    let own = try make(self)
    let shared: [JSONObject.Element] = [
      ("version", .string("1.0")), ("added_tokens", .array(try addedTokens())), ("post_processor", try postProcessor()),
    ]
    return .object(JSONObject(shared + own))
  }

  /// As tokenizer_config.json.
  func configuration() throws -> JSONValue {
    var members: [JSONObject.Element] = []
    for (name, key) in [
      ("bos_token", "bos_token_id"), ("eos_token", "eos_token_id"), ("unk_token", "unknown_token_id"),
      ("pad_token", "padding_token_id"),
    ] {
      if let id = try identifier(key) { members.append((name, .string(tokens[id]))) }
    }
    if let template = try metadata.string("tokenizer.chat_template") {
      members.append(("chat_template", .string(template)))
    }
    return .object(JSONObject(members))
  }

  // MARK: Kinds

  /// GPT-2's: bytes spelled as characters, and merges.
  private func byteLevel() throws -> JSONObject {
    let cut = try wordCut()
    return [
      "normalizer": cut.composes ? .object(["type": .string("NFC")]) : .null, "pre_tokenizer": cut.preTokenizer,
      "decoder": .object(Self.byteLevelPart(["trim_offsets": .bool(true), "use_regex": .bool(true)])),
      "model": .object([
        "type": .string("BPE"), "ignore_merges": .bool(cut.ignoresMerges), "vocab": try vocabulary(),
        "merges": .array(try metadata.required("tokenizer.ggml.merges", metadata.strings).map(JSONValue.string)),
      ]),
    ]
  }

  static func byteLevelPart(_ own: JSONObject) -> JSONObject {
    JSONObject([("type", .string("ByteLevel")), ("add_prefix_space", .bool(false))] + own)
  }

  private func wordCut() throws -> GGUFWordCut {
    let name = try metadata.string("tokenizer.ggml.pre") ?? "default"
    guard let cut = GGUFWordCut.known[name] else {
      throw GGUFError.unsupportedPreTokenizer(
        file: metadata.file, name: name, known: GGUFWordCut.known.keys.sorted())
    }
    return cut
  }

  /// SentencePiece's BPE: spaces as `▁`, one more in front of the text, unknown characters as bytes. Merges follow from
  /// scores where the file lists none.
  ///
  /// transformers puts none in front of a text that begins with a space; SentencePiece, llama.cpp and the models' own
  /// tokenizer.json do.
  private func sentencePiece() throws -> JSONObject {
    let space = Self.space
    let addsSpace = try metadata.bool("tokenizer.ggml.add_space_prefix") ?? !isGemma
    let replace: JSONValue = .object([
      "type": .string("Replace"), "pattern": .object(["String": .string(" ")]), "content": .string(space),
    ])
    let prepend: JSONValue = .object(["type": .string("Prepend"), "prepend": .string(space)])
    var decoders: [JSONValue] = [
      .object(["type": .string("Replace"), "pattern": .object(["String": .string(space)]), "content": .string(" ")]),
      .object(["type": .string("ByteFallback")]), .object(["type": .string("Fuse")]),
    ]
    if addsSpace {
      decoders.append(
        .object(["type": .string("Strip"), "content": .string(" "), "start": .integer(1), "stop": .integer(0)]))
    }
    let unknown = try identifier("unknown_token_id").map { tokens[$0] } ?? (tokens.contains("<unk>") ? "<unk>" : nil)
    return [
      "normalizer": .object([
        "type": .string("Sequence"), "normalizers": .array(addsSpace ? [prepend, replace] : [replace]),
      ]),
      "pre_tokenizer": .null,
      "decoder": .object(["type": .string("Sequence"), "decoders": .array(decoders)]),
      "model": .object([
        "type": .string("BPE"), "unk_token": unknown.map(JSONValue.string) ?? .null, "fuse_unk": .bool(true),
        "byte_fallback": .bool(true), "vocab": try vocabulary(), "merges": .array(try merges()),
      ]),
    ]
  }

  private func merges() throws -> [JSONValue] {
    if let listed = try metadata.strings("tokenizer.ggml.merges") { return listed.map(JSONValue.string) }
    // Gemma's scores say nothing of the order of its merges; that of its tokens does.
    let spellings = tokens.map { ByteString($0) }
    if isGemma { return Self.pairs(ImpliedMerges.of(spellings, scores: tokens.indices.map { -Double($0) })) }
    let key = "tokenizer.ggml.scores"
    let scores = try metadata.required(key, metadata.numbers)
    try check(scores.count, key)
    return Self.pairs(ImpliedMerges.of(spellings, scores: scores))
  }

  private static func pairs(_ merges: [(left: ByteString, right: ByteString)]) -> [JSONValue] {
    merges.map { .array([.string($0.left.string), .string($0.right.string)]) }
  }

  // MARK: Parts

  private func check(_ count: Int, _ key: String) throws {
    guard count == tokens.count else {
      throw GGUFError.otherLength(file: metadata.file, key: key, count: count, expected: tokens.count)
    }
  }

  private func vocabulary() throws -> JSONValue {
    var members = JSONObject()
    for (id, token) in tokens.enumerated() {
      guard members.append(token, .integer(id)) else {
        throw GGUFError.duplicateToken(file: metadata.file, token: token)
      }
    }
    return .object(members)
  }

  private func identifier(_ name: String) throws -> Int? {
    try metadata.integer("tokenizer.ggml.\(name)", in: 0...tokens.count - 1)
  }

  /// Control tokens, which decoding leaves out, and those that people defined, which it does not: both are found in the text
  /// before the model sees it.
  private func addedTokens() throws -> [JSONValue] {
    let key = "tokenizer.ggml.token_type"
    let codes = try metadata.integers(key, in: 0...Int(Int32.max)) ?? []
    if !codes.isEmpty { try check(codes.count, key) }
    var special: [Int: Bool] = [:]
    for (id, code) in codes.enumerated() {
      switch Kind(rawValue: code) {
      case .control, .unknown: special[id] = true
      case .userDefined: special[id] = respelled.contains(id) ? nil : false
      case .normal, .unused, .byte, nil: break
      }
    }
    for name in ["bos_token_id", "eos_token_id", "unknown_token_id", "padding_token_id"] {
      if let id = try identifier(name) { special[id] = true }
    }
    return special.sorted { $0.key < $1.key }.map { id, isSpecial in
      .object([
        "id": .integer(id), "content": .string(tokens[id]), "single_word": .bool(false), "lstrip": .bool(false),
        "rstrip": .bool(false), "normalized": .bool(false), "special": .bool(isSpecial),
      ])
    }
  }

  /// The tokens at both ends of a text. A file that does not say gets llama.cpp's choice for its kind.
  private func postProcessor() throws -> JSONValue {
    let isSentencePiece = try metadata.string("tokenizer.ggml.model") == "llama"
    let begins = try metadata.bool("tokenizer.ggml.add_bos_token") ?? (isSentencePiece || wordCut().addsBeginning)
    let ends = try metadata.bool("tokenizer.ggml.add_eos_token") ?? false
    let first = begins ? try identifier("bos_token_id") : nil
    let last = ends ? try identifier("eos_token_id") : nil
    func piece(_ id: Int) -> JSONValue {
      .object(["SpecialToken": .object(["id": .string(tokens[id]), "type_id": .integer(0)])])
    }
    let text: JSONValue = .object(["Sequence": .object(["id": .string("A"), "type_id": .integer(0)])])
    let specials = Set([first, last].compactMap { $0 }).sorted().map { id -> JSONObject.Element in
      let token: JSONValue = .object([
        "id": .string(tokens[id]), "ids": .array([.integer(id)]), "tokens": .array([.string(tokens[id])]),
      ])
      return (tokens[id], token)
    }
    return .object([
      "type": .string("TemplateProcessing"),
      "single": .array((first.map { [piece($0)] } ?? []) + [text] + (last.map { [piece($0)] } ?? [])),
      "pair": .array([]), "special_tokens": .object(JSONObject(specials)),
    ])
  }
}

extension Tokenizer {
  /// - Throws: `GGUFError` and `TokenizerError`.
  init(_ model: GGUFModel) throws {
    let source = try GGUFTokenizer(model.metadata)
    let file = model.url.path
    try self.init(
      JSONNode(source.tokenizer(), file: file, path: ""),
      configuration: TokenizerConfiguration(JSONNode(source.configuration(), file: file, path: "")))
  }
}

extension GGUFModel {
  func tokenizerDigest() -> Digest { GGUFTokenizer.digest(metadata) }
}
