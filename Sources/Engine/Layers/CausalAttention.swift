import CKernels

/// Scaled dot-product attention of one head over one document, causal: softmax(q kᵀ scale + mask) v.
///
/// Works on blocks of query rows and multiplies each only with the keys that it may see, so the upper triangle is
/// never computed. Probabilities are not kept: backward makes them again from the log sum exps (Dao et al. 2022,
/// Algorithm 4), which costs one product and saves [S, S] floats per head and layer.
package struct CausalAttention: Sendable {
  package let scale: Float
  /// Positions that a query sees, itself included, where attention slides; nil sees all before it.
  package let window: Int?
  /// Query rows at a time: the score block of 64 x 2048 floats stays in a 1 MiB cache.
  private static let block = 64

  package init(scale: Float, window: Int? = nil) {
    precondition(window == nil || window! > 0)
    self.scale = scale
    self.window = window
  }

  /// q, k, v [S, d] -> context [S, d]; `logSumExp` [S] is kept for backward.
  package func forward(
    query: Matrix, key: Matrix, value: Matrix, into context: Matrix, logSumExp: UnsafeMutablePointer<Float>,
    arena: Arena
  ) {
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let scratch = arena.matrix(min(Self.block, query.rows), query.rows)
    for rows in blocks(of: query.rows) {
      let seen = rows.upperBound
      let scores = scratch.rows(0..<rows.count).columns(0..<seen)
      multiply(query.rows(rows), key.rows(0..<seen).transposed, into: scores)
      fillOutsideWindow(scores, rows, -.infinity)
      ck_causal_softmax_forward(
        scores.base, scores.stride, scale, rows.lowerBound, rows.count, seen, logSumExp + rows.lowerBound)
      fillOutsideWindow(scores, rows, 0)
      multiply(scores, value.rows(0..<seen), into: context.rows(rows))
    }
  }

  /// Writes dq, dk and dv (all [S, d]); dk and dv must be zero at the start.
  package func backward(
    dContext: Matrix, query: Matrix, key: Matrix, value: Matrix, context: Matrix,
    logSumExp: UnsafeMutablePointer<Float>, dQuery: Matrix, dKey: Matrix, dValue: Matrix, arena: Arena
  ) {
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let length = query.rows
    let delta = arena.vector(length)
    ck_row_dot(
      context.base, context.stride, dContext.base, dContext.stride, length, context.columns, delta)
    let (firstScratch, secondScratch) = (
      arena.matrix(min(Self.block, length), length), arena.matrix(min(Self.block, length), length)
    )
    for rows in blocks(of: length) {
      let seen = rows.upperBound
      let p = firstScratch.rows(0..<rows.count).columns(0..<seen)
      let dScores = secondScratch.rows(0..<rows.count).columns(0..<seen)
      multiply(query.rows(rows), key.rows(0..<seen).transposed, into: p)
      ck_causal_softmax_again(
        p.base, p.stride, scale, rows.lowerBound, rows.count, seen, logSumExp + rows.lowerBound)
      fillOutsideWindow(p, rows, 0)
      multiply(p.transposed, dContext.rows(rows), into: dValue.rows(0..<seen), accumulate: true)
      multiply(dContext.rows(rows), value.rows(0..<seen).transposed, into: dScores)
      ck_causal_softmax_backward(
        p.base, dScores.base, p.stride, scale, delta + rows.lowerBound, rows.count, seen)
      multiply(dScores, key.rows(0..<seen), into: dQuery.rows(rows))
      multiply(dScores.transposed, query.rows(rows), into: dKey.rows(0..<seen), accumulate: true)
    }
  }

  /// Overwrites the columns that lie too far before each row's position.
  private func fillOutsideWindow(_ scores: Matrix, _ rows: Range<Int>, _ value: Float) {
    guard let window else { return }
    for (r, position) in rows.enumerated() where position >= window {
      scores.row(r).update(repeating: value, count: position - window + 1)
    }
  }

  private func blocks(of length: Int) -> some Sequence<Range<Int>> {
    stride(from: 0, to: length, by: Self.block).lazy.map { $0..<min($0 + Self.block, length) }
  }
}
