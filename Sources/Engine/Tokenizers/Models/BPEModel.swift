/// Byte pair encoding (Sennrich et al. 2016) as the Rust library `tokenizers` does it, dropout excepted.
struct BPEModel: WordModel {
  let vocabulary: Vocabulary
  private let merges: MergeTable
  private let symbols: Symbols
  private let unknown: Int32?
  private let fusesUnknown: Bool
  /// The ids of `<0x00>`... `<0xFF>` where unknown characters are spelled in bytes; nil for bytes that have none.
  private let byteTokens: [Int32?]?
  /// Whole words, where a word of the vocabulary needs no merges. The bytes are those that the model gets.
  private let words: [ByteString: Int32]?

  /// What a word starts as.
  private enum Symbols: Sendable {
    /// The id of each byte; nil for bytes that the vocabulary lacks.
    case bytes([Int32?])
    case characters(CharacterSymbols)
  }

  /// Reads the model. With `readsBytes` words come as raw bytes, which the vocabulary spells in `ByteLevelAlphabet`.
  init(_ node: JSONNode, readsBytes: Bool) throws {
    if let dropout = try node.optional("dropout") {
      let probability = try dropout.number()
      guard probability == 0 else {
        throw dropout.unsupportedValue("\(probability)", expected: "null or 0 (gradients need the same ids every time)")
      }
    }
    vocabulary = try Vocabulary(node.required("vocab"))
    let prefix = try node.optional("continuing_subword_prefix")?.bytes() ?? ByteString("")
    let suffix = try node.optional("end_of_word_suffix")?.bytes() ?? ByteString("")
    merges = try Self.mergeTable(node.required("merges"), vocabulary, prefix: prefix)
    fusesUnknown = try node.bool("fuse_unk", default: false)
    if let name = try node.optional("unk_token") {
      guard let id = vocabulary.id(of: try name.bytes()) else {
        throw TokenizerError.unknownToken(file: name.file, path: name.path, token: try name.string())
      }
      unknown = id
    } else {
      unknown = nil
    }
    let vocabulary = vocabulary
    byteTokens =
      try node.bool("byte_fallback", default: false)
      ? vocabulary.byteTokens : nil
    let canReadBytes = try Self.canReadBytes(node)
    precondition(!readsBytes || canReadBytes, "a model that needs characters is given bytes")
    if readsBytes {
      symbols = .bytes(
        ByteLevelAlphabet.characters.map { vocabulary.id(of: ByteString(UTF8Decoding.bytes(of: [$0]))) })
    } else {
      symbols = .characters(CharacterSymbols(vocabulary, prefix: prefix.bytes, suffix: suffix.bytes))
    }
    words = try node.bool("ignore_merges", default: false) ? Self.words(vocabulary, readsBytes: readsBytes) : nil
  }

  /// Whether the model described by `node` can take words as raw bytes: prefixes, suffixes and byte fallback need to
  /// know the characters.
  static func canReadBytes(_ node: JSONNode) throws -> Bool {
    let prefix = try node.optional("continuing_subword_prefix")?.bytes() ?? ByteString("")
    let suffix = try node.optional("end_of_word_suffix")?.bytes() ?? ByteString("")
    return try prefix.bytes.isEmpty && suffix.bytes.isEmpty && !node.bool("byte_fallback", default: false)
  }

  func tokenize(_ word: UnsafeBufferPointer<UInt8>, into output: inout WordTokens) {
    output.tokens.removeAll(keepingCapacity: true)
    tokenize(word, into: &output.symbols)
    var start = 0
    for index in 0..<output.symbols.count {
      let end = start + Int(output.symbols.lengths[index])
      output.append(output.symbols.ids[index], start..<end)
      start = end
    }
    if start < word.count, case .bytes(let ids) = symbols { spread(&output.tokens, over: word, ids) }
  }

  /// Corrects the places of tokens where bytes disappeared, since they have no token and nothing is unknown.
  ///
  /// The reference lets what follows move up, and counts in the UTF-8 of `ByteLevelAlphabet`, where most bytes take two.
  private func spread(_ tokens: inout [WordTokens.Token], over word: UnsafeBufferPointer<UInt8>, _ ids: [Int32?]) {
    func width(_ byte: UInt8) -> Int { ByteLevelAlphabet.characters[Int(byte)] < 0x80 ? 1 : 2 }
    /// The byte of the word at each place of its spelling.
    let places = word.indices.flatMap { repeatElement($0, count: width(word[$0])) }
    var kept = word.filter { ids[Int($0)] != nil }[...]
    var place = 0
    for index in tokens.indices {
      let count = Int(tokens[index].end - tokens[index].start)
      let end = place + kept.prefix(count).reduce(0) { $0 + width($1) }
      kept = kept.dropFirst(count)
      tokens[index].start = Int32(truncatingIfNeeded: places[place])
      tokens[index].end = Int32(truncatingIfNeeded: places[end - 1] + 1)
      place = end
    }
  }

  private func tokenize(_ word: UnsafeBufferPointer<UInt8>, into output: inout SymbolSequence) {
    output.removeAll()
    if let words, let id = words[ByteString(Array(word))] {
      output.append(id, length: word.count)
      return
    }
    var unknowns = PendingUnknown(id: unknown, fuses: fusesUnknown)
    switch symbols {
    case .bytes(let ids):
      for byte in word {
        if let id = ids[Int(byte)] {
          unknowns.flush(to: &output)
          output.append(id, length: 1)
        } else {
          unknowns.add(length: 1, to: &output)
        }
      }
    case .characters(let symbols):
      appendCharacters(of: word, symbols, &unknowns, to: &output)
    }
    unknowns.flush(to: &output)
    output.mergeAll(merges)
  }

  private func appendCharacters(
    of word: UnsafeBufferPointer<UInt8>, _ symbols: CharacterSymbols, _ unknowns: inout PendingUnknown,
    to output: inout SymbolSequence
  ) {
    var position = 0
    while position < word.count {
      let (scalar, next) = UTF8Decoding.scalar(in: word, at: position)
      let place = CharacterSymbols.Place(isFirst: position == 0, isLast: next == word.count)
      let length = next - position
      position = next
      if let id = symbols.id(of: scalar, at: place) {
        unknowns.flush(to: &output)
        output.append(id, length: length)
      } else if let ids = byteTokens(of: symbols.bytes(of: scalar, at: place)) {
        // These overtake an unknown token that waits: the reference's order, which ids must follow.
        for id in ids { output.append(id, length: 1) }
      } else {
        unknowns.add(length: length, to: &output)
      }
    }
  }

  private func byteTokens(of bytes: [UInt8]) -> [Int32]? {
    guard let byteTokens else { return nil }
    let ids = bytes.compactMap { byteTokens[Int($0)] }
    return ids.count == bytes.count ? ids : nil
  }
}

/// Unknown characters that wait, since the next may be unknown too and fuse with them. Without an unknown token they
/// disappear, as they do in the reference.
private struct PendingUnknown {
  let id: Int32?
  let fuses: Bool
  private var length = 0

  init(id: Int32?, fuses: Bool) {
    self.id = id
    self.fuses = fuses
  }

  mutating func add(length: Int, to output: inout SymbolSequence) {
    if !fuses { flush(to: &output) }
    self.length += length
  }

  mutating func flush(to output: inout SymbolSequence) {
    if let id, length > 0 { output.append(id, length: length) }
    length = 0
  }
}

extension BPEModel {
  private static func words(_ vocabulary: Vocabulary, readsBytes: Bool) -> [ByteString: Int32] {
    var words: [ByteString: Int32] = [:]
    for (token, id) in vocabulary.ids {
      if !readsBytes {
        words[token] = id
      } else if let bytes = ByteLevelAlphabet.bytes(of: token) {
        words[ByteString(bytes)] = id
      }
    }
    return words
  }

  /// Reads merges, written as "left right" or as ["left", "right"].
  private static func mergeTable(_ node: JSONNode, _ vocabulary: Vocabulary, prefix: ByteString) throws -> MergeTable {
    guard case .array(let elements) = node.value else { throw node.wrongType(expected: "an array") }
    var table = MergeTable(capacity: elements.count)
    var rank = 0
    for (index, element) in elements.enumerated() {
      guard let (left, right) = try pair(element, index, node) else { continue }
      func id(_ token: ByteString) throws -> Int32 {
        guard let id = vocabulary.id(of: token) else {
          throw TokenizerError.unknownMergeToken(file: node.file, index: index, token: token.string)
        }
        return id
      }
      let leftID = try id(left)
      let rightID = try id(right)
      let merged = ByteString(left.bytes + right.bytes.dropFirst(prefix.bytes.count))
      table.insert(leftID, rightID, rank: rank, merged: try id(merged))
      rank += 1
    }
    return table
  }

  /// The two sides of a merge, or nil for the version line of old files.
  private static func pair(
    _ element: JSONValue, _ index: Int, _ node: JSONNode
  ) throws -> (ByteString, ByteString)? {
    switch element {
    case .string(let text):
      if text.utf8.starts(with: "#version".utf8) { return nil }
      let sides = Array(text.utf8).split(separator: 0x20, omittingEmptySubsequences: false)
      guard sides.count == 2 else {
        throw TokenizerError.malformedMerge(file: node.file, index: index, merge: text)
      }
      return (ByteString(Array(sides[0])), ByteString(Array(sides[1])))
    case .array(let sides):
      guard sides.count == 2, case .string(let left) = sides[0], case .string(let right) = sides[1] else {
        throw TokenizerError.malformedMerge(
          file: node.file, index: index, merge: "an array of \(sides.count)")
      }
      return (ByteString(left), ByteString(right))
    default:
      throw JSONNode(element, file: node.file, path: "\(node.path)[\(index)]")
        .wrongType(expected: "a string or an array of two strings")
    }
  }
}
