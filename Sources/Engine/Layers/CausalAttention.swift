import CKernels

/// Scaled dot-product attention of one head over one document, causal: softmax(cap(q kᵀ scale) + mask) v.
///
/// Works on blocks of query rows and multiplies each only with the keys that it may see, so the upper triangle is
/// never computed, nor what lies before a window. Probabilities are not kept: backward makes them again from the log sum
/// exps (Dao et al. 2022, Algorithm 4), which costs one product and saves [S, S] floats per head and layer.
package struct CausalAttention: Sendable {
  package let scale: Float
  /// Positions that a query sees, itself included, where attention slides; nil sees all before it.
  package let window: Int?
  /// Bends the scaled scores, where the architecture does so.
  package let softCap: SoftCap?
  /// Query rows at a time: the score block of 64 x 2048 floats stays in a 1 MiB cache.
  private static let block = 64

  package init(scale: Float, window: Int? = nil, softCap: SoftCap? = nil) {
    precondition(window == nil || window! > 0)
    self.scale = scale
    self.window = window
    self.softCap = softCap
  }

  /// q, k, v [S, d] -> context [S, d]; `logSumExp` [S] is kept for backward.
  package func forward(
    query: Matrix, key: Matrix, value: Matrix, into context: Matrix, logSumExp: UnsafeMutablePointer<Float>,
    arena: Arena
  ) {
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let scratch = arena.matrix(min(Self.block, query.rows), query.rows)
    for block in blocks(of: query.rows) {
      let scores = scratch.rows(0..<block.rows.count).columns(0..<block.keys.count)
      multiply(query.rows(block.rows), key.rows(block.keys).transposed, into: scores)
      softCap?.forward(scores, scale: scale)
      fillOutsideWindow(scores, block, -.infinity)
      ck_causal_softmax_forward(
        scores.base, scores.stride, softmaxScale, block.first, scores.rows, scores.columns,
        logSumExp + block.rows.lowerBound)
      fillOutsideWindow(scores, block, 0)
      multiply(scores, value.rows(block.keys), into: context.rows(block.rows))
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
    let height = min(Self.block, length)
    let (firstScratch, secondScratch) = (arena.matrix(height, length), arena.matrix(height, length))
    let cappedScratch = softCap.map { _ in arena.matrix(height, length) }
    for block in blocks(of: length) {
      let (rows, keys) = (block.rows, block.keys)
      let p = firstScratch.rows(0..<rows.count).columns(0..<keys.count)
      let dScores = secondScratch.rows(0..<rows.count).columns(0..<keys.count)
      multiply(query.rows(rows), key.rows(keys).transposed, into: p)
      let capped = cappedScratch.map { $0.rows(0..<rows.count).columns(0..<keys.count) }
      softCap?.forward(p, scale: scale)
      capped?.copy(from: p)
      ck_causal_softmax_again(
        p.base, p.stride, softmaxScale, block.first, p.rows, p.columns, logSumExp + rows.lowerBound)
      fillOutsideWindow(p, block, 0)
      multiply(p.transposed, dContext.rows(rows), into: dValue.rows(keys), accumulate: true)
      multiply(dContext.rows(rows), value.rows(keys).transposed, into: dScores)
      ck_causal_softmax_backward(
        p.base, dScores.base, p.stride, softmaxScale, delta + rows.lowerBound, p.rows, p.columns)
      if let softCap, let capped { softCap.backward(output: capped, gradient: dScores, scale: scale) }
      multiply(dScores, key.rows(keys), into: dQuery.rows(rows))
      multiply(dScores.transposed, query.rows(rows), into: dKey.rows(keys), accumulate: true)
    }
  }

  /// A soft cap has scaled the scores already.
  private var softmaxScale: Float { softCap == nil ? scale : 1 }

  /// Query rows, and the keys that any of them may see.
  private struct Block {
    let rows: Range<Int>
    let keys: Range<Int>
    /// Column of the first row's own key.
    var first: Int { rows.lowerBound - keys.lowerBound }
  }

  private func blocks(of length: Int) -> some Sequence<Block> {
    stride(from: 0, to: length, by: Self.block).lazy.map { start in
      let end = min(start + Self.block, length)
      return Block(rows: start..<end, keys: (window.map { max(start - $0 + 1, 0) } ?? 0)..<end)
    }
  }

  /// Overwrites the columns that lie too far before each row's position.
  private func fillOutsideWindow(_ scores: Matrix, _ block: Block, _ value: Float) {
    guard let window else { return }
    for r in 0..<scores.rows where block.first + r >= window {
      scores.row(r).update(repeating: value, count: block.first + r - window + 1)
    }
  }
}
