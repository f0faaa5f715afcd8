/// BERT's pre-tokenizer: drops white space, then cuts off every punctuation mark.
struct BertPreTokenizer: PreTokenizer {
  func preTokenize(_ text: inout PreTokenizedText) throws {
    try text.split(ScalarPattern(contains: CharacterClasses.isSpace), .removed)
    try text.split(ScalarPattern { ReferenceUnicode.isPunctuation($0) }, .isolated)
  }
}
