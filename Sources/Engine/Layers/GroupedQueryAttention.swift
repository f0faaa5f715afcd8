/// The heads of a batch: query [T, heads d], key and value [T, key-value heads d], or the gradients of these.
package struct Heads {
  package var query: Matrix
  package var key: Matrix
  package var value: Matrix

  package init(query: Matrix, key: Matrix, value: Matrix) {
    self.query = query
    self.key = key
    self.value = value
  }
}

/// Rotary causal attention over the documents of a batch, in which groups of query heads share a key and a value head
/// (Ainslie et al. 2023).
package struct GroupedQueryAttention: Sendable {
  private let headSize: Int
  private let headCount: Int
  private let keyValueHeadCount: Int
  private let rotary: RotaryEmbedding
  private let attention: CausalAttention

  package init(headSize: Int, headCount: Int, keyValueHeadCount: Int, rotary: RotaryEmbedding, window: Int?) {
    precondition(headCount % keyValueHeadCount == 0)
    self.headSize = headSize
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.rotary = rotary
    attention = CausalAttention(scale: 1 / Float(headSize).squareRoot(), window: window)
  }

  /// Rotates query and key in place; `logSumExp` [heads, T] is kept for backward.
  package func forward(_ heads: Heads, into context: Matrix, logSumExp: Matrix, batch: RaggedBatch, arena: Arena) {
    forEachDocument(batch) { positions in
      for head in 0..<headCount { rotary.forward(slice(heads.query, head, positions)) }
      for head in 0..<keyValueHeadCount { rotary.forward(slice(heads.key, head, positions)) }
      for head in 0..<headCount {
        attention.forward(
          query: slice(heads.query, head, positions), key: slice(heads.key, group(head), positions),
          value: slice(heads.value, group(head), positions), into: slice(context, head, positions),
          logSumExp: logSumExp.row(head) + positions.lowerBound, arena: arena)
      }
    }
  }

  /// Writes the gradients of what `forward` read, before its rotation.
  package func backward(
    _ dContext: Matrix, heads: Heads, context: Matrix, logSumExp: Matrix, into gradients: Heads, batch: RaggedBatch,
    arena: Arena
  ) {
    gradients.key.fill(0)
    gradients.value.fill(0)
    forEachDocument(batch) { positions in
      for head in 0..<headCount {
        attention.backward(
          dContext: slice(dContext, head, positions), query: slice(heads.query, head, positions),
          key: slice(heads.key, group(head), positions), value: slice(heads.value, group(head), positions),
          context: slice(context, head, positions), logSumExp: logSumExp.row(head) + positions.lowerBound,
          dQuery: slice(gradients.query, head, positions), dKey: slice(gradients.key, group(head), positions),
          dValue: slice(gradients.value, group(head), positions), arena: arena)
      }
      for head in 0..<headCount { rotary.backward(slice(gradients.query, head, positions)) }
      for head in 0..<keyValueHeadCount { rotary.backward(slice(gradients.key, head, positions)) }
    }
  }

  private func group(_ head: Int) -> Int { head / (headCount / keyValueHeadCount) }

  private func forEachDocument(_ batch: RaggedBatch, _ body: (_ positions: Range<Int>) -> Void) {
    for document in 0..<batch.count where !batch.positions(document).isEmpty { body(batch.positions(document)) }
  }

  private func slice(_ matrix: Matrix, _ head: Int, _ positions: Range<Int>) -> Matrix {
    matrix.rows(positions).columns(head * headSize..<(head + 1) * headSize)
  }
}
