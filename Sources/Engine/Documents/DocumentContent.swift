/// What a record says, by the columns that the configuration names and the template that it gives.
enum DocumentContent {
  case text(String)
  /// Only the completion carries loss.
  case completion(prompt: String, completion: String)
  /// Messages with `role` and `content`; only the assistant's carry loss.
  case conversation([JSONValue])
  /// Token ids, and for each the label that is learnt there.
  case tokens(ids: [Int32], labels: [Int32])
}

/// Finds in records what they say.
struct DocumentReader: Sendable {
  let configuration: DataConfig
  private let format: FormatTemplate?

  /// - Throws: `FormatTemplateError` for a `format_template` that cannot be read.
  init(_ configuration: DataConfig) throws {
    self.configuration = configuration
    format = configuration.formatTemplate.isEmpty ? nil : try FormatTemplate(path: configuration.formatTemplate)
  }

  /// - Throws: `DataError` for missing columns or those of another type, `TokenizationError` for what is no conversation
  ///   and no list of tokens, `FormatTemplateError`.
  func content(of record: Record) throws -> DocumentContent {
    if let format {
      let (prompt, target) = try format.render(record)
      return target.map { .completion(prompt: prompt, completion: $0) } ?? .text(prompt)
    }
    if !configuration.conversationColumn.isEmpty { return .conversation(try messages(of: record)) }
    let column = configuration.promptColumn
    if configuration.completionColumn.isEmpty {
      if record.columns[column] == nil, record.columns["input_ids"] != nil { return try tokens(of: record) }
      return .text(try record.string(column, flag: "--prompt_column"))
    }
    return .completion(
      prompt: try record.string(column, flag: "--prompt_column"),
      completion: try record.string(configuration.completionColumn, flag: "--completion_column"))
  }

  /// What tells the documents of one prompt from others: the prompt's column, or what a template makes the prompt of.
  func prompt(of record: Record) throws -> [UInt8] {
    if let format, record.columns[configuration.promptColumn] == nil {
      return Array(try format.render(record).text.utf8)
    }
    return try record.value(configuration.promptColumn, flag: "--prompt_column").canonicalBytes
  }

  private func messages(of record: Record) throws -> [JSONValue] {
    let column = configuration.conversationColumn
    let value = try record.value(column, flag: "--conversation_column")
    // An assistant that only calls tools says nothing.
    guard let messages = value.array, !messages.isEmpty,
      messages.allSatisfy({ message in
        message["role"]?.string.map { $0 == "assistant" || message["content"] != nil } ?? false
      })
    else { throw TokenizationError.notMessages(file: record.file, line: record.line, column: column) }
    return messages
  }

  /// A row that brings its `input_ids`, and `labels` if they differ.
  private func tokens(of record: Record) throws -> DocumentContent {
    let ids = try integers(record, "input_ids")
    let labels = record.columns["labels"] == nil ? ids : try integers(record, "labels")
    guard ids.count == labels.count else {
      throw TokenizationError.labelCount(file: record.file, line: record.line, ids: ids.count, labels: labels.count)
    }
    return .tokens(ids: ids, labels: labels)
  }

  private func integers(_ record: Record, _ column: String) throws -> [Int32] {
    guard case .array(let values) = try record.value(column, flag: "--prompt_column") else {
      throw TokenizationError.notTokens(file: record.file, line: record.line, column: column)
    }
    return try values.map { value in
      guard case .integer(let integer) = value, let id = Int32(exactly: integer) else {
        throw TokenizationError.notTokens(file: record.file, line: record.line, column: column)
      }
      return id
    }
  }
}
