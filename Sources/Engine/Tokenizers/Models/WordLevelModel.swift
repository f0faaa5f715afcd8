/// A vocabulary of whole words.
struct WordLevelModel: WordModel {
  let vocabulary: Vocabulary
  private let unknown: Int32?

  init(_ node: JSONNode) throws {
    vocabulary = try Vocabulary(node.required("vocab"))
    unknown = vocabulary.id(of: try node.required("unk_token").bytes())
  }

  func tokenize(_ word: UnsafeBufferPointer<UInt8>, into output: inout WordTokens) throws {
    output.tokens.removeAll(keepingCapacity: true)
    guard let id = vocabulary.id(of: ByteString(Array(word))) ?? unknown else {
      throw TokenizerError.noUnknownToken(model: "WordLevel")
    }
    output.append(id, 0..<word.count)
  }
}
