package enum TokenizationError: Error, Equatable, CustomStringConvertible {
  case tooLong(file: String, line: Int, tokens: Int, limit: Int, isModelLimit: Bool)
  case unknownToken(file: String, line: Int, token: Int, vocabulary: Int)
  case labelCount(file: String, line: Int, ids: Int, labels: Int)
  case notTokens(file: String, line: Int, column: String)
  case chatTemplate(column: String)

  package var description: String {
    switch self {
    case .tooLong(let file, let line, let tokens, let limit, let isModelLimit):
      "\(file), line \(line): the document has \(tokens) tokens, "
        + (isModelLimit ? "the model reads at most \(limit)" : "--token_batch_size allows \(limit)")
        + "; cut long documents with --truncation"
        + (isModelLimit ? "" : ", or raise --token_batch_size")
    case .unknownToken(let file, let line, let token, let vocabulary):
      "\(file), line \(line): token \(token) is not one of the model's \(vocabulary); "
        + "is this the model's tokenizer?"
    case .labelCount(let file, let line, let ids, let labels):
      "\(file), line \(line): 'input_ids' has \(ids) entries and 'labels' \(labels); they must be equally many"
    case .notTokens(let file, let line, let column):
      "\(file), line \(line): '\(column)' must be a list of token ids"
    case .chatTemplate(let column):
      "the tokenizer has a chat template, and prompts are not formatted by chat templates in this version; "
        + "join prompt and '\(column)' into one column, or give a --tokenizer without a template"
    }
  }
}
