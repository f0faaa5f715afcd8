/// What single tokens of a document contribute to its score, where the index has a row for each.
extension QuerySession {
  package struct TokenScore: Sendable, Equatable {
    package let token: String
    /// The scores of a document's tokens sum to its own.
    package let score: Float
  }

  /// Rows of tokens are read in parts of this many bytes.
  private static let partBytes = 8 << 20

  /// The scores of all tokens of a document but its last, which has no gradient.
  ///
  /// - Parameter query: [1, row width], as documents' rows are multiplied with it.
  /// - Throws: `QueryError.documentChanged`, and what reading and encoding the document throws.
  func tokenScores(of document: Int, _ query: Matrix, _ documentTokenizer: DocumentTokenizer) throws -> [TokenScore] {
    let own = rows[document]
    let ids = try documentTokenizer.row(documents.records.record(at: document)).ids
    guard ids.count == own.count + 1 else {
      throw QueryError.documentChanged(row: document, tokens: ids.count, expected: own.count + 1)
    }
    let arena = Arena()
    let width = query.columns
    let sum = arena.matrix(1, width, zeroed: true)
    let scores = arena.matrix(own.count, 1)
    let step = max(1, Self.partBytes / max(width * MemoryLayout<Float>.stride, 1))
    for start in stride(from: own.lowerBound, to: own.upperBound, by: step) {
      let part = start..<min(start + step, own.upperBound)
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      let matrix = arena.matrix(part.count, width)
      index.readRows(part, into: matrix.base)
      indexTransform?.preconditioner?.apply(to: matrix, arena: arena)
      multiply(
        matrix, query.transposed, into: scores.rows(start - own.lowerBound..<part.upperBound - own.lowerBound))
      for row in 0..<matrix.rows { sum.add(matrix.rows(row..<row + 1)) }
    }
    // A cosine is of the whole document's gradient.
    let norm = indexTransform?.unitNormalize == true ? sum.norm(ofRow: 0) : 1
    return try own.indices.map { row in
      let place = row - own.lowerBound
      return TokenScore(
        token: try tokenizer.decode([ids[place]], skipSpecialTokens: false),
        score: norm > 0 ? Float(Double(scores.base[place]) / norm) : 0)
    }
  }
}
