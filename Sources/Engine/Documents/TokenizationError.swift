package enum TokenizationError: Error, Equatable, CustomStringConvertible {
  case tooLong(file: String, line: Int, tokens: Int, limit: Int, isModelLimit: Bool)
  case unknownToken(file: String, line: Int, token: Int, vocabulary: Int)
  case labelCount(file: String, line: Int, ids: Int, labels: Int)
  case notTokens(file: String, line: Int, column: String)
  case notMessages(file: String, line: Int, column: String)
  /// `reason` completes "the conversation cannot be read: ...".
  case conversation(file: String, line: Int, reason: String)
  case noChatTemplate(column: String)
  case chunkLength(Int, limit: Int, isModelLimit: Bool)
  case noEndToken
  case noChunk(length: Int, tokens: Int)
  case noReward(file: String, line: Int, column: String)
  case infiniteReward(file: String, line: Int, column: String)
  case noRewards(column: String)

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
    case .notMessages(let file, let line, let column):
      "\(file), line \(line): '\(column)' must be a list of messages, objects with 'role' and 'content'"
    case .conversation(let file, let line, let reason):
      "\(file), line \(line): the conversation cannot be read: \(reason)"
    case .noChatTemplate(let column):
      "the tokenizer has no chat template to write the conversations of '\(column)' with; "
        + "give a --tokenizer that has one"
    case .chunkLength(let length, let limit, let isModelLimit):
      "--chunk_length \(length): a chunk has from \(BatchPlan.minimumLength) to \(limit) tokens, "
        + (isModelLimit ? "the most that the model reads" : "the most that --token_batch_size allows")
    case .noEndToken:
      "--chunk_length puts the tokenizer's end token between documents, and it names none; "
        + "add 'eos_token' to its tokenizer_config.json"
    case .noChunk(let length, let tokens):
      "--chunk_length \(length): all documents together have \(tokens) tokens; give at most that many"
    case .noReward(let file, let line, let column):
      "\(file), line \(line): '\(column)' is missing or not a number; "
        + "leave such documents out with --skip_nan_rewards"
    case .infiniteReward(let file, let line, let column):
      "\(file), line \(line): '\(column)' is infinite, and a gradient would be; expected a finite number"
    case .noRewards(let column):
      "no document has a number in '\(column)', so --skip_nan_rewards leaves none"
    }
  }
}
