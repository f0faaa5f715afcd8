/// What is read of `tokenizer_config.json`, the file that `transformers` keeps beside a tokenizer.
struct TokenizerConfiguration: Sendable {
  var modelMaximumLength: Int?
  var chatTemplate: ChatTemplateSource?
  /// Special tokens by the names that chat templates have for them.
  private(set) var specialTokens: [String: String] = [:]
  var beginningOfSequenceToken: String?
  var endOfSequenceToken: String?
  var paddingToken: String?
  var unknownToken: String?

  init() {}

  init(_ node: JSONNode) throws {
    if let length = try node.optional("model_max_length") {
      // `transformers` writes 1e30 for "no limit"; no limit that is meant comes near 2^31.
      let number = try length.number()
      guard number >= 1 else { throw length.unsupportedValue("\(number)", expected: "a number of tokens") }
      modelMaximumLength = number < 0x1p31 ? Int(number) : nil
    }
    chatTemplate = try node.optional("chat_template").map { .configuration($0) }
    beginningOfSequenceToken = try Self.token("bos_token", of: node)
    endOfSequenceToken = try Self.token("eos_token", of: node)
    paddingToken = try Self.token("pad_token", of: node)
    unknownToken = try Self.token("unk_token", of: node)
    for name in ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] {
      specialTokens[name] = try Self.token(name, of: node)
    }
    // Tokens of some models, such as those around images, have names of their own.
    if let extra = try node.optional("extra_special_tokens"), case .object(let members) = extra.value {
      for name in members.keys { specialTokens[name] = try Self.token(name, of: extra) }
    }
  }

  /// Tokens are written as strings or as objects with `content`.
  private static func token(_ key: String, of node: JSONNode) throws -> String? {
    guard let token = try node.optional(key) else { return nil }
    if case .object = token.value { return try token.required("content").string() }
    return try token.string()
  }

  /// Before `tokenizer_config.json` had the tokens themselves, `special_tokens_map.json` said what they mean.
  mutating func addLegacyTokens(_ node: JSONNode) throws {
    for name in try node.members().keys where name != "additional_special_tokens" && name != "extra_special_tokens" {
      specialTokens[name] = try Self.token(name, of: node)
    }
    beginningOfSequenceToken = specialTokens["bos_token"]
    endOfSequenceToken = specialTokens["eos_token"]
    paddingToken = specialTokens["pad_token"]
    unknownToken = specialTokens["unk_token"]
  }
}
