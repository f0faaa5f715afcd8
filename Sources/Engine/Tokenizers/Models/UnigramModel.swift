/// The unigram language model (Kudo 2018) as the Rust library `tokenizers` does it: of all ways to cut a word into
/// tokens the one with the largest sum of scores (log-probabilities), found with Viterbi's algorithm.
struct UnigramModel: WordModel {
  let vocabulary: Vocabulary
  private let trie: ByteTrie
  /// By id.
  private let scores: [Double]
  private let unknown: Int32?
  private let unknownScore: Double
  /// The ids of `<0x00>`... `<0xFF>` where unknown characters are spelled in bytes; nil for bytes that have none.
  private let byteTokens: [Int32?]?

  /// How far below the worst token an unknown character scores.
  private static let unknownPenalty = 10.0

  /// The best way to a position of the word.
  struct PathNode {
    var score = 0.0
    /// Where its last token begins; -1 where no way is known.
    var start: Int32 = -1
    var id: Int32 = 0
  }

  init(_ node: JSONNode) throws {
    let list = try node.required("vocab")
    guard case .array(let elements) = list.value else { throw list.wrongType(expected: "an array") }
    var tokens: [ByteString] = []
    var scores: [Double] = []
    var trie = ByteTrie()
    for (index, element) in elements.enumerated() {
      let entry = JSONNode(element, file: list.file, path: "\(list.path)[\(index)]")
      guard case .array(let pair) = element, pair.count == 2, case .string(let text) = pair[0] else {
        throw entry.wrongType(expected: "a token and its score")
      }
      let score = try JSONNode(pair[1], file: entry.file, path: "\(entry.path)[1]").number()
      guard score.isFinite else {
        throw JSONNode(pair[1], file: entry.file, path: "\(entry.path)[1]")
          .unsupportedValue("\(score)", expected: "a finite score")
      }
      let token = ByteString(text)
      trie.insert(token.bytes, id: Int32(tokens.count))
      tokens.append(token)
      scores.append(score)
    }
    vocabulary = Vocabulary(tokens: tokens)
    self.trie = trie
    self.scores = scores
    unknownScore = (scores.min() ?? .infinity) - Self.unknownPenalty
    unknown = try node.optional("unk_id")?.identifier()
    if let unknown, unknown >= tokens.count {
      throw try node.required("unk_id").unsupportedValue(
        "\(unknown)", expected: "the id of one of the vocabulary's \(tokens.count) tokens")
    }
    byteTokens = try node.bool("byte_fallback", default: false) ? vocabulary.byteTokens : nil
  }

  func tokenize(_ word: UnsafeBufferPointer<UInt8>, into output: inout WordTokens) throws {
    output.tokens.removeAll(keepingCapacity: true)
    try findPath(through: word, &output.path)
    // From the end to the beginning; unknown characters next to each other are one.
    var end = word.count
    while end > 0 {
      let node = output.path[end]
      var start = Int(node.start)
      if node.id == unknown {
        while start > 0, output.path[start].id == unknown { start = Int(output.path[start].start) }
      }
      append(start..<end, of: word, to: &output)
      end = start
    }
    output.tokens.reverse()
  }

  /// Fills `path` with the best way to each position at which a character ends.
  private func findPath(through word: UnsafeBufferPointer<UInt8>, _ path: inout [PathNode]) throws {
    path.removeAll(keepingCapacity: true)
    path.append(contentsOf: repeatElement(PathNode(), count: word.count + 1))
    var start = 0
    while start < word.count {
      let scoreHere = path[start].score
      let next = UTF8Decoding.scalar(in: word, at: start).next
      var hasCharacter = false
      func offer(_ end: Int, _ score: Double, _ id: Int32) {
        if path[end].start < 0 || score > path[end].score {
          path[end] = PathNode(score: score, start: Int32(truncatingIfNeeded: start), id: id)
        }
      }
      trie.forEachPrefix(of: word, from: start) { end, id in
        offer(end, scores[Int(id)] + scoreHere, id)
        if end == next { hasCharacter = true }
      }
      if !hasCharacter {
        let score = unknownScore + scoreHere
        if path[next].start < 0 || score > path[next].score {
          guard let unknown else { throw TokenizerError.noUnknownToken(model: "Unigram") }
          offer(next, score, unknown)
        }
      }
      start = next
    }
  }

  /// Adds the token of `range`, which the reference looks up once more; tokens are added from the last to the first.
  private func append(_ range: Range<Int>, of word: UnsafeBufferPointer<UInt8>, to output: inout WordTokens) {
    let bytes = word[range]
    if let longest = trie.longestPrefix(of: UnsafeBufferPointer(rebasing: bytes), from: 0), longest.end == range.count {
      output.append(longest.id, range)
    } else if let byteTokens, bytes.allSatisfy({ byteTokens[Int($0)] != nil }) {
      // Each of them stands for all of the text that they spell together.
      for byte in bytes.reversed() {
        if let id = byteTokens[Int(byte)] { output.append(id, range) }
      }
    } else if let unknown {
      output.append(unknown, range, isText: true)
    }
  }
}
