/// WordPiece (Schuster and Nakajima 2012) as BERT and the Rust library `tokenizers` do it: the longest token that the
/// word begins with, then the longest of those with the prefix `##`, and so on. A word with a part that has no token is
/// unknown as a whole.
struct WordPieceModel: WordModel {
  let vocabulary: Vocabulary
  private let unknown: Int32?
  private let mostCharacters: Int
  private let beginnings: ByteTrie
  private let continuations: ByteTrie

  init(_ node: JSONNode) throws {
    vocabulary = try Vocabulary(node.required("vocab"))
    unknown = vocabulary.id(of: try node.required("unk_token").bytes())
    mostCharacters = Int(try node.required("max_input_chars_per_word").identifier())
    let prefix = try node.required("continuing_subword_prefix").bytes().bytes
    var beginnings = ByteTrie()
    var continuations = ByteTrie()
    for (token, id) in vocabulary.ids where !token.bytes.isEmpty {
      beginnings.insert(token.bytes, id: id)
      if token.bytes.count > prefix.count, token.bytes.starts(with: prefix) {
        continuations.insert(token.bytes.dropFirst(prefix.count), id: id)
      }
    }
    self.beginnings = beginnings
    self.continuations = continuations
  }

  func tokenize(_ word: UnsafeBufferPointer<UInt8>, into output: inout WordTokens) throws {
    output.tokens.removeAll(keepingCapacity: true)
    let count = word.count { $0 & 0xC0 != 0x80 }
    var start = 0
    while count <= mostCharacters, start < word.count {
      let trie = start == 0 ? beginnings : continuations
      guard let longest = trie.longestPrefix(of: word, from: start) else { break }
      output.append(longest.id, start..<longest.end)
      start = longest.end
    }
    if start == word.count { return }
    guard let unknown else { throw TokenizerError.noUnknownToken(model: "WordPiece") }
    output.tokens.removeAll(keepingCapacity: true)
    output.append(unknown, 0..<word.count)
  }
}
