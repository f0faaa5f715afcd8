/// The added tokens of a tokenizer: where they are found in text, and what their ids mean.
struct AddedVocabulary: Sendable {
  /// Tokens looked for in the text as it is, and tokens looked for after normalization.
  private(set) var original = AddedTokenTrie()
  private(set) var normalized = AddedTokenTrie()
  private var meanings: [Int32: Meaning] = [:]
  private var ids: [ByteString: Int32] = [:]
  struct Meaning {
    /// The content of the token, normalized where the token is looked for in normalized text.
    var text: ByteString
    var isSpecial: Bool
  }

  /// Added tokens that the model's vocabulary lacks.
  private(set) var newCount = 0

  /// Reads the array `added_tokens`; nil where the file has none. `normalizer` is what is done to text, and so to the
  /// tokens that are looked for in normalized text.
  init(_ node: JSONNode?, model vocabulary: Vocabulary, normalizer: (any TextNormalizer)?) throws {
    guard let node else { return }
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
      list.append(token)
    }
    let special = Set(list.filter(\.isSpecial).map(\.content))
    for token in list {
      var text = token.content
      if token.isNormalized {
        var content = AlignedScalars(origin: 0)
        for scalar in token.content.string.unicodeScalars { content.append(scalar.value, start: 0, end: 0) }
        try normalizer?.normalize(&content)
        text = ByteString(UTF8Decoding.bytes(of: content.scalars))
        normalized.insert(token, content: text.bytes)
      } else {
        original.insert(token, content: text.bytes)
      }
      // The reference asks the text and not the token: one that normalization changes is never left out.
      meanings[token.id] = Meaning(text: text, isSpecial: special.contains(text))
    }
  }

  /// The id of an added token by its content.
  func id(of token: ByteString) -> Int32? { ids[token] }

  /// What decoding makes of an added token, or nil where `id` is none.
  func meaning(of id: Int32) -> Meaning? { meanings[id] }
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
