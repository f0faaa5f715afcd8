import Foundation

/// Turns records into token rows, as the settings of a data set say.
package struct DocumentTokenizer: Sendable {
  private let tokenizer: Tokenizer
  private let chatTemplate: ChatTemplate?
  let reader: DocumentReader
  /// Longest document; longer ones are cut with `truncation` and refused without.
  private let maximumLength: Int
  private let modelMaximum: Int
  private let vocabularySize: Int

  private var configuration: DataConfig { reader.configuration }

  /// - Parameters:
  ///   - modelMaximum: positions that the model has.
  ///   - tokenBudget: most tokens in a batch.
  /// - Throws: `TokenizationError.noChatTemplate` for conversations without one, and `FormatTemplateError`.
  package init(
    tokenizer: Tokenizer, configuration: DataConfig, modelMaximum: Int, tokenBudget: Int, vocabularySize: Int
  ) throws {
    self.tokenizer = tokenizer
    reader = try DocumentReader(configuration)
    chatTemplate = tokenizer.chatTemplate
    if chatTemplate == nil, !configuration.conversationColumn.isEmpty {
      throw TokenizationError.noChatTemplate(column: configuration.conversationColumn)
    }
    self.modelMaximum = min(modelMaximum, tokenizer.modelMaximumLength ?? modelMaximum)
    maximumLength = min(self.modelMaximum, tokenBudget)
    self.vocabularySize = vocabularySize
  }

  /// The columns that token rows are made of.
  ///
  /// - Parameter optional: columns that are wanted besides.
  package static func columns(_ configuration: DataConfig, optional: [String] = []) -> ColumnSelection {
    // A template may name any.
    guard configuration.formatTemplate.isEmpty else { return .all }
    let conversation = configuration.conversationColumn
    let content = conversation.isEmpty ? [configuration.promptColumn, configuration.completionColumn] : [conversation]
    // Rewards are weighed against those of the same prompt, which a conversation may have beside it.
    let prompt = configuration.rewardColumn.isEmpty ? [] : [configuration.promptColumn]
    return ColumnSelection(
      required: (content + [configuration.rewardColumn, configuration.advantageColumn]).filter { !$0.isEmpty },
      optional: optional + prompt)
  }

  /// - Throws: `TokenizationError` for a document that is too long or whose ids the model does not have, naming file and
  ///   line; `DataError` for missing columns; `FormatTemplateError`.
  package func row(_ record: Record) throws -> TokenizedDataset.Row {
    var row = try unchecked(record)
    if row.ids.count > maximumLength {
      guard configuration.truncation else {
        throw TokenizationError.tooLong(
          file: record.file, line: record.line, tokens: row.ids.count, limit: maximumLength,
          isModelLimit: maximumLength == modelMaximum)
      }
      row.ids.removeLast(row.ids.count - maximumLength)
      row.labels.removeLast(row.labels.count - maximumLength)
    }
    try check(row.ids, record)
    try check(row.labels.filter { $0 != TokenizedDataset.noLabel }, record)
    return row
  }

  /// The tokens of a document that is to be joined with others, without those that begin or end a text; nil for one
  /// that has nothing but white space.
  ///
  /// - Throws: as `row`; no document is too long.
  func plainTokens(_ record: Record) throws -> [Int32]? {
    if record.columns[configuration.promptColumn] == .null { return nil }
    let text = try record.string(configuration.promptColumn, flag: "--prompt_column")
    if text.unicodeScalars.allSatisfy(\.isPythonSpace) { return nil }
    let ids = try tokenizer.encode(text, addSpecialTokens: false).ids
    try check(ids, record)
    return ids
  }

  /// Cuts joined documents as the configuration says.
  ///
  /// - Throws: `TokenizationError.chunkLength` where the model or a batch cannot hold a chunk, and where there is no token
  ///   to put between documents.
  func chunker() throws -> Chunker {
    let length = configuration.chunkLength
    guard (BatchPlan.minimumLength...max(BatchPlan.minimumLength, maximumLength)).contains(length) else {
      throw TokenizationError.chunkLength(
        length, limit: maximumLength, isModelLimit: maximumLength == modelMaximum)
    }
    guard let end = tokenizer.endOfSequenceToken.flatMap({ tokenizer.id(of: $0) }) else {
      throw TokenizationError.noEndToken
    }
    return Chunker(length: length, end: end)
  }

  private func check(_ ids: [Int32], _ record: Record) throws {
    guard let stranger = ids.first(where: { $0 < 0 || $0 >= vocabularySize }) else { return }
    throw TokenizationError.unknownToken(
      file: record.file, line: record.line, token: Int(stranger), vocabulary: vocabularySize)
  }

  private func unchecked(_ record: Record) throws -> TokenizedDataset.Row {
    switch try reader.content(of: record) {
    case .text(let text):
      let ids = try tokenizer.encode(text).ids
      return TokenizedDataset.Row(ids: ids, labels: ids)
    case .completion(let prompt, let completion):
      guard chatTemplate != nil else { return try joined(prompt: prompt, completion: completion) }
      return try conversation(.messages(prompt: prompt, completion: completion), record)
    case .conversation(let messages): return try conversation(messages, record)
    case .tokens(let ids, let labels): return TokenizedDataset.Row(ids: ids, labels: labels)
    }
  }

  /// Prompt and completion as one text; the token in which the completion begins is the first that carries loss.
  private func joined(prompt: String, completion: String) throws -> TokenizedDataset.Row {
    let encoding = try tokenizer.encode(prompt + completion)
    let boundary = prompt.unicodeScalars.count
    let labels = zip(encoding.ids, encoding.offsets).map { id, offsets in
      offsets.upperBound > boundary ? id : TokenizedDataset.noLabel
    }
    return TokenizedDataset.Row(ids: encoding.ids, labels: labels)
  }

  /// A conversation as the chat template writes it, which has the tokens that begin and end a text where they belong. A
  /// token that reaches beyond an answer is not learnt, one that reaches into its beginning is.
  private func conversation(_ messages: [JSONValue], _ record: Record) throws -> TokenizedDataset.Row {
    guard let chatTemplate else { throw TokenizationError.noChatTemplate(column: configuration.conversationColumn) }
    let conversation: Conversation
    do {
      conversation = try Conversation(messages) { try chatTemplate.render(messages: $0, addGenerationPrompt: false) }
    } catch {
      throw TokenizationError.conversation(file: record.file, line: record.line, reason: "\(error)")
    }
    let encoding = try tokenizer.encode(conversation.text, addSpecialTokens: false)
    var labels = [Int32](repeating: TokenizedDataset.noLabel, count: encoding.ids.count)
    var token = 0
    for answer in conversation.answers {
      while token < labels.count, encoding.offsets[token].upperBound <= answer.lowerBound { token += 1 }
      while token < labels.count, encoding.offsets[token].upperBound <= answer.upperBound {
        labels[token] = encoding.ids[token]
        token += 1
      }
    }
    return TokenizedDataset.Row(ids: encoding.ids, labels: labels)
  }
}

extension [JSONValue] {
  /// A prompt and its completion as a conversation.
  static func messages(prompt: String, completion: String) -> [JSONValue] {
    [("user", prompt), ("assistant", completion)].map { role, content in
      .object(["role": .string(role), "content": .string(content)])
    }
  }
}
