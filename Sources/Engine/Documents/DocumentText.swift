/// What a document says, for people to read.
package struct DocumentText: Sendable {
  private let configuration: DataConfig
  private let tokenizer: Tokenizer

  package init(_ configuration: DataConfig, tokenizer: Tokenizer) {
    self.configuration = configuration
    self.tokenizer = tokenizer
  }

  /// The prompt and what it is completed by; the text of the tokens where a record brings nothing else.
  package func text(of record: Record) throws -> String {
    if record.columns[configuration.promptColumn] == nil, case .array(let values)? = record.columns["input_ids"] {
      let ids = values.compactMap { if case .integer(let id) = $0 { Int32(exactly: id) } else { nil } }
      return try text(of: ids, row: record.row)
    }
    let prompt = try record.string(configuration.promptColumn, flag: "--prompt_column")
    guard !configuration.completionColumn.isEmpty else { return prompt }
    return try prompt + record.string(configuration.completionColumn, flag: "--completion_column")
  }

  /// The text of tokens, end tokens included: they tell where one document of a chunk ends and the next begins.
  package func text(of ids: [Int32], row: Int) throws -> String {
    do {
      return try tokenizer.decode(ids, skipSpecialTokens: false)
    } catch TokenizerError.unknownIdentifier {
      // Models have rows for more tokens than their tokenizers, and token rows may come from another one.
      return "(row \(row), given as token ids)"
    }
  }
}
