/// BERT's pre-tokenizer: drops white space, then cuts off every punctuation mark.
struct BertPreTokenizer: PreTokenizer {
  func preTokenize(_ text: inout PreTokenizedText) throws {
    try text.split(ScalarPattern { $0.properties.isWhitespace }, .removed)
    try text.split(ScalarPattern { $0.isPunctuation }, .isolated)
  }
}

extension Unicode.Scalar {
  /// Punctuation as BERT has it: ASCII symbols such as `$` and `~` count, others do not.
  var isPunctuation: Bool {
    switch value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
    case ..<0x80: return false
    default: break
    }
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }

  /// `char::is_numeric` of Rust: decimal digits, letter numbers and other numbers.
  var isNumber: Bool {
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }
}
