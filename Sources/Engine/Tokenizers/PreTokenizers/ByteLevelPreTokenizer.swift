/// GPT-2's pre-tokenizer: cuts with its pattern, then writes every byte as a printable character.
struct ByteLevelPreTokenizer: PreTokenizer {
  let addsPrefixSpace: Bool
  let usesPattern: Bool
  /// Whether to write bytes as characters here. Where this is the last step before the model, the model reads the raw
  /// bytes instead: half the memory, and no characters to look up.
  var writesCharacters = true

  init(_ node: JSONNode) throws {
    addsPrefixSpace = try node.required("add_prefix_space").bool()
    usesPattern = try node.bool("use_regex", default: true)
  }

  func preTokenize(_ text: inout PreTokenizedText) throws {
    if addsPrefixSpace {
      text.rewrite { piece in
        if piece.scalars.first != 0x20 { piece.prepend([0x20]) }
      }
    }
    if usesPattern { try text.split(ByteLevelScanner(), .isolated) }
    if writesCharacters { text.rewrite(Self.writeCharacters) }
  }

  static func writeCharacters(_ piece: inout AlignedScalars) {
    var changes: [AlignedScalars.Change] = []
    for scalar in piece.scalars {
      var change = 0
      UTF8Decoding.forEachByte(of: scalar) { byte in
        changes.append(.init(scalar: ByteLevelAlphabet.characters[Int(byte)], change: change))
        change = 1
      }
    }
    piece.transform(changes)
  }
}

extension ByteLevelPreTokenizer {
  /// Leaves the writing of bytes as characters to the model where that is the last thing `preTokenizer` does.
  ///
  /// - Returns: whether it did, and the model gets raw bytes.
  static func leaveBytes(of preTokenizer: inout any PreTokenizer) -> Bool {
    if var byteLevel = preTokenizer as? ByteLevelPreTokenizer {
      byteLevel.writesCharacters = false
      preTokenizer = byteLevel
      return true
    }
    guard let sequence = preTokenizer as? PreTokenizerSequence, var last = sequence.parts.last else { return false }
    let leavesBytes = leaveBytes(of: &last)
    preTokenizer = PreTokenizerSequence(parts: sequence.parts.dropLast() + [last])
    return leavesBytes
  }
}
