import CKernels

/// Scaled dot-product attention of one head over one document, causal: softmax(q kᵀ scale + mask) v.
///
/// Works on blocks of query rows and multiplies each only with the keys that it may see, so the upper triangle is
/// never computed. Probabilities are not kept: backward makes them again from the log sum exps (Dao et al. 2022,
/// Algorithm 4), which costs one product and saves [S, S] floats per head and layer.
package struct CausalAttention: Sendable {
  package let scale: Float
  /// Query rows at a time: the score block of 64 x 2048 floats stays in a 1 MiB cache.
  private static let block = 64

  package init(scale: Float) {
    self.scale = scale
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
      ck_causal_softmax_forward(
        scores.base, scores.stride, scale, rows.lowerBound, rows.count, seen, logSumExp + rows.lowerBound)
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
      multiply(p.transposed, dContext.rows(rows), into: dValue.rows(0..<seen), accumulate: true)
      multiply(dContext.rows(rows), value.rows(0..<seen).transposed, into: dScores)
      ck_causal_softmax_backward(
        p.base, dScores.base, p.stride, scale, delta + rows.lowerBound, rows.count, seen)
      multiply(dScores, key.rows(0..<seen), into: dQuery.rows(rows))
      multiply(dScores.transposed, query.rows(rows), into: dKey.rows(0..<seen), accumulate: true)
    }
  }

  private func blocks(of length: Int) -> some Sequence<Range<Int>> {
    stride(from: 0, to: length, by: Self.block).lazy.map { $0..<min($0 + Self.block, length) }
  }
}
