import Foundation

/// Turns records into token rows, as the settings of a data set say.
package struct DocumentTokenizer: Sendable {
  private let tokenizer: Tokenizer
  private let configuration: DataConfig
  /// Longest document; longer ones are cut with `truncation` and refused without.
  private let maximumLength: Int
  private let modelMaximum: Int
  private let vocabularySize: Int

  /// - Parameters:
  ///   - modelMaximum: positions that the model has.
  ///   - tokenBudget: most tokens in a batch.
  package init(
    tokenizer: Tokenizer, configuration: DataConfig, modelMaximum: Int, tokenBudget: Int, vocabularySize: Int
  ) throws {
    if !configuration.completionColumn.isEmpty, tokenizer.hasChatTemplate {
      throw TokenizationError.chatTemplate(column: configuration.completionColumn)
    }
    self.tokenizer = tokenizer
    self.configuration = configuration
    self.modelMaximum = min(modelMaximum, tokenizer.modelMaximumLength ?? modelMaximum)
    maximumLength = min(self.modelMaximum, tokenBudget)
    self.vocabularySize = vocabularySize
  }

  /// The columns that token rows are made of.
  ///
  /// - Parameter optional: columns that are wanted besides.
  package static func columns(_ configuration: DataConfig, optional: [String] = []) -> ColumnSelection {
    ColumnSelection(
      required: [configuration.promptColumn, configuration.completionColumn].filter { !$0.isEmpty }, optional: optional)
  }

  /// - Throws: `TokenizationError` for a document that is too long or whose ids the model does not have, naming file and
  ///   line; `DataError` for missing columns.
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
    if let stranger = (row.ids + row.labels.filter { $0 != TokenizedDataset.noLabel }).first(where: {
      $0 < 0 || $0 >= vocabularySize
    }) {
      throw TokenizationError.unknownToken(
        file: record.file, line: record.line, token: Int(stranger), vocabulary: vocabularySize)
    }
    return row
  }

  private func unchecked(_ record: Record) throws -> TokenizedDataset.Row {
    let prompt = configuration.promptColumn
    if configuration.completionColumn.isEmpty {
      if record.columns[prompt] == nil, record.columns["input_ids"] != nil { return try pretokenized(record) }
      let ids = try tokenizer.encode(record.string(prompt, flag: "--prompt_column")).ids
      return TokenizedDataset.Row(ids: ids, labels: ids)
    }
    return try joined(
      prompt: record.string(prompt, flag: "--prompt_column"),
      completion: record.string(configuration.completionColumn, flag: "--completion_column"))
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

  /// A row that brings its `input_ids`, and `labels` if they differ.
  private func pretokenized(_ record: Record) throws -> TokenizedDataset.Row {
    let ids = try integers(record, "input_ids")
    let labels = record.columns["labels"] == nil ? ids : try integers(record, "labels")
    guard ids.count == labels.count else {
      throw TokenizationError.labelCount(file: record.file, line: record.line, ids: ids.count, labels: labels.count)
    }
    return TokenizedDataset.Row(ids: ids, labels: labels)
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
