/// What a document says, for people to read.
package struct DocumentText: Sendable {
  private let reader: DocumentReader
  private let tokenizer: Tokenizer

  /// - Throws: `FormatTemplateError`.
  package init(_ configuration: DataConfig, tokenizer: Tokenizer) throws {
    reader = try DocumentReader(configuration)
    self.tokenizer = tokenizer
  }

  /// The text, rendered where there is a format template; of a conversation what was said, each message behind its role.
  ///
  /// - Throws: as `DocumentReader.content`.
  package func text(of record: Record) throws -> String {
    switch try reader.content(of: record) {
    case .text(let text): text
    case .completion(let prompt, let completion):
      tokenizer.hasChatTemplate
        ? Self.text(of: .messages(prompt: prompt, completion: completion)) : prompt + completion
    case .conversation(let messages): Self.text(of: messages)
    case .tokens(let ids, _): try text(of: ids, row: record.row)
    }
  }

  private static func text(of messages: [JSONValue]) -> String {
    messages.map { message in
      let content = message["content"]
      // Models that see and hear have messages of parts, of which some are text.
      let parts = content?.array?.compactMap { $0["text"]?.string } ?? []
      return "\(message["role"]?.string ?? ""): \(content?.string ?? parts.joined(separator: " "))"
    }.joined(separator: "\n")
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
