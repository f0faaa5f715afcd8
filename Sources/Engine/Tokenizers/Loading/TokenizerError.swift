/// What can be wrong with a tokenizer's files, or with what it is asked to do. Facts only; the words are in
/// `description`.
package enum TokenizerError: Error, Equatable, Sendable {
  case missingFile(directory: String, file: String)
  case unreadableFile(file: String, reason: String)
  case malformedJSON(file: String, JSONError)
  case missingField(file: String, path: String)
  case wrongType(file: String, path: String, expected: String, found: String)
  case unsupportedKind(file: String, role: String, kind: String, supported: [String])
  case unsupportedValue(file: String, path: String, value: String, expected: String)
  case malformedMerge(file: String, index: Int, merge: String)
  case unknownMergeToken(file: String, index: Int, token: String)
  case unknownToken(file: String, path: String, token: String)
  case duplicateToken(file: String, path: String, token: String)
  case duplicateIdentifier(file: String, id: Int, first: String, second: String)
  case addedTokenIdentifier(file: String, token: String, declared: Int, assigned: Int)
  case invalidPattern(file: String, path: String, pattern: String, code: Int)
  case failedSearch(pattern: String, code: Int)
  case unknownIdentifier(id: Int32, vocabularySize: Int)
  case noUnknownToken(model: String)
  case cannotTruncate(reason: String)
  case malformedCharsmap(file: String, path: String, reason: String)
}

extension TokenizerError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missingFile(let directory, let file):
      "directory '\(directory)' has no '\(file)'; save the tokenizer there in the fast format "
        + "(tokenizer.save_pretrained writes '\(file)') or name a directory that has one"
    case .unreadableFile(let file, let reason):
      "cannot read '\(file)': \(reason)"
    case .malformedJSON(let file, let error):
      "'\(file)' is not valid JSON: \(error)" + (error.problem == .unexpectedEnd ? "; is the file complete?" : "")
    case .missingField(let file, let path):
      "'\(file)' has no '\(path)', which a tokenizer needs; save it again with the tokenizers library"
    case .wrongType(let file, let path, let expected, let found):
      "'\(path)' in '\(file)' is \(found), expected \(expected)"
    case .unsupportedKind(let file, let role, let kind, let supported):
      "\(role) '\(kind)' in '\(file)' is not supported; supported are \(supported.joined(separator: ", "))"
    case .unsupportedValue(let file, let path, let value, let expected):
      "'\(path)' in '\(file)' is \(value), expected \(expected)"
    case .malformedMerge(let file, let index, let merge):
      "merge \(index) in '\(file)' is '\(merge)', expected two tokens with one space between them"
    case .unknownMergeToken(let file, let index, let token):
      "merge \(index) in '\(file)' needs the token '\(token)', which the vocabulary does not have"
    case .unknownToken(let file, let path, let token):
      "'\(path)' in '\(file)' names the token '\(token)', which is not defined there"
    case .duplicateToken(let file, let path, let token):
      "'\(path)' in '\(file)' has the token '\(token)' twice; each token must have one id"
    case .duplicateIdentifier(let file, let id, let first, let second):
      "'\(file)' gives the id \(id) to both '\(first)' and '\(second)'; each id must name one token"
    case .addedTokenIdentifier(let file, let token, let declared, let assigned):
      "added token '\(token)' in '\(file)' is declared with id \(declared), but the tokenizers library would give it "
        + "id \(assigned); number added tokens without gaps after the model's vocabulary"
    case .invalidPattern(let file, let path, let pattern, let code):
      "'\(path)' in '\(file)' is not a regular expression that Oniguruma accepts (code \(code)): \(pattern)"
    case .failedSearch(let pattern, let code):
      "Oniguruma gave up (code \(code)) searching this text for: \(pattern)"
    case .unknownIdentifier(let id, let vocabularySize):
      "token id \(id) is not in the tokenizer's vocabulary of \(vocabularySize); do ids and tokenizer belong together?"
    case .noUnknownToken(let model):
      "the text has parts that no token stands for, and the \(model) model has no token for the unknown; "
        + "add its unknown token to the vocabulary"
    case .cannotTruncate(let reason):
      "the tokenizer's 'truncation' cannot be done: \(reason); save the tokenizer again with other settings or without"
    case .malformedCharsmap(let file, let path, let reason):
      "'\(path)' in '\(file)' is not a character map of SentencePiece: \(reason)"
    }
  }
}
