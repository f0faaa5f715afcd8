/// The added tokens of a tokenizer: where they are found in text, and what their ids mean.
struct AddedVocabulary: Sendable {
  /// Tokens looked for in the text as it is, and tokens looked for after normalization.
  private(set) var original = AddedTokenTrie()
  private(set) var normalized = AddedTokenTrie()
  private var tokens: [Int32: AddedToken] = [:]
  /// Added tokens that the model's vocabulary lacks.
  private(set) var newCount = 0

  /// Reads the array `added_tokens`; nil where the file has none. `normalizer` is what is done to text, and so to the
  /// tokens that are looked for in normalized text.
  init(_ node: JSONNode?, model vocabulary: Vocabulary, normalizer: (any TextNormalizer)?) throws {
    guard let node else { return }
    var ids: [ByteString: Int32] = [:]
    var list: [AddedToken] = []
    for element in try node.elements() {
      let token = try AddedToken(element)
      if token.content.bytes.isEmpty { continue }
      guard ids[token.content] == nil else {
        throw TokenizerError.duplicateToken(file: node.file, path: node.path, token: token.content.string)
      }
      // The reference numbers tokens itself and only warns where the file says otherwise.
      let known = vocabulary.id(of: token.content)
      let assigned = known ?? max(Int32(vocabulary.count), (ids.values.max() ?? -1) + 1)
      guard token.id == assigned else {
        throw TokenizerError.addedTokenIdentifier(
          file: node.file, token: token.content.string, declared: Int(token.id), assigned: Int(assigned))
      }
      if known == nil { newCount += 1 }
      ids[token.content] = token.id
      tokens[token.id] = token
      list.append(token)
    }
    // Special tokens come first where two look for the same.
    for token in list.filter(\.isSpecial) + list.filter({ !$0.isSpecial }) {
      guard token.isNormalized else {
        original.insert(token, content: token.content.bytes)
        continue
      }
      var content = AlignedScalars(origin: 0)
      for scalar in token.content.string.unicodeScalars { content.append(scalar.value, start: 0, end: 0) }
      try normalizer?.normalize(&content)
      normalized.insert(token, content: UTF8Decoding.bytes(of: content.scalars))
    }
  }

  func token(of id: Int32) -> AddedToken? { tokens[id] }
}

extension AddedToken {
  init(_ node: JSONNode) throws {
    self.init(
      id: try node.required("id").identifier(),
      content: try node.required("content").bytes(),
      isSingleWord: try node.required("single_word").bool(),
      stripsLeft: try node.required("lstrip").bool(),
      stripsRight: try node.required("rstrip").bool(),
      isNormalized: try node.required("normalized").bool(),
      isSpecial: try node.required("special").bool())
  }
}
