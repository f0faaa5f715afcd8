/// The rows that `--max_tokens` keeps, by the rule of the Python tool (`filter_by_max_tokens`).
enum TokenLimit {
  /// Most rows that a data set is repeated to; a larger count is a typing error before it is a wish.
  static let maximumRows = 100_000_000

  /// Positions of the rows to process: the longest prefix worth at most `limit` tokens. Rows that are worth fewer repeat
  /// from the start, as whole passes and then a prefix.
  ///
  /// - Throws: `TokenLimitError` if there is no token, if not even the first row fits, or if there would be too many rows.
  static func positions(lengths: [Int32], limit: Int) throws -> [Int] {
    precondition(limit >= 1, "a limit of tokens is at least one")
    let total = lengths.reduce(0) { $0 + Int($1) }
    guard total > 0 else { throw TokenLimitError.noTokens(limit: limit) }
    // Only more tokens than there are make rows repeat: a limit of exactly all of them is one pass.
    let passes = limit > total ? limit / total : 0
    guard passes <= maximumRows / lengths.count else {
      throw TokenLimitError.tooManyRows(limit: limit, tokens: total)
    }
    let positions =
      (0..<passes).flatMap { _ in lengths.indices } + Array(0..<prefix(lengths, limit: limit - passes * total))
    guard !positions.isEmpty else { throw TokenLimitError.firstRowTooLong(limit: limit, tokens: Int(lengths[0])) }
    return positions
  }

  private static func prefix(_ lengths: [Int32], limit: Int) -> Int {
    var tokens = 0
    return lengths.firstIndex { length in
      tokens += Int(length)
      return tokens > limit
    } ?? lengths.count
  }
}

enum TokenLimitError: Error, Equatable, CustomStringConvertible {
  case noTokens(limit: Int)
  case firstRowTooLong(limit: Int, tokens: Int)
  case tooManyRows(limit: Int, tokens: Int)

  var description: String {
    switch self {
    case .noTokens(let limit):
      "--max_tokens \(limit): the documents have no tokens to repeat; leave the flag out"
    case .firstRowTooLong(let limit, let tokens):
      "--max_tokens \(limit): the first document alone has \(tokens) tokens; give at least that many"
    case .tooManyRows(let limit, let tokens):
      "--max_tokens \(limit): the documents have \(tokens) tokens, and would repeat to more than "
        + "\(TokenLimit.maximumRows) rows; give a smaller number"
    }
  }
}
