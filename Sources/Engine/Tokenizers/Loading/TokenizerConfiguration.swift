/// What is read of `tokenizer_config.json`, the file that `transformers` keeps beside a tokenizer.
struct TokenizerConfiguration: Sendable {
  var modelMaximumLength: Int?
  var hasChatTemplate = false
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
    hasChatTemplate = try node.optional("chat_template") != nil
    beginningOfSequenceToken = try Self.token("bos_token", of: node)
    endOfSequenceToken = try Self.token("eos_token", of: node)
    paddingToken = try Self.token("pad_token", of: node)
    unknownToken = try Self.token("unk_token", of: node)
  }

  /// Tokens are written as strings or as objects with `content`.
  private static func token(_ key: String, of node: JSONNode) throws -> String? {
    guard let token = try node.optional(key) else { return nil }
    if case .object = token.value { return try token.required("content").string() }
    return try token.string()
  }
}
