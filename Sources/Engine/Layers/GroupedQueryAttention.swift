/// The heads of a batch, or the gradients of these: query [T, heads d], key and value [T, key-value heads d].
package struct Heads {
  package let query: Matrix
  package let key: Matrix
  package let value: Matrix
  /// Columns from the start of one head to that of the next: d, or more where other columns lie between heads.
  package let spacing: Int

  package init(query: Matrix, key: Matrix, value: Matrix, spacing: Int) {
    self.query = query
    self.key = key
    self.value = value
    self.spacing = spacing
  }
}

/// Causal attention over the documents of a batch, in which groups of query heads share a key and a value head
/// (Ainslie et al. 2023).
package struct GroupedQueryAttention: Sendable {
  package let headSize: Int
  package let headCount: Int
  package let keyValueHeadCount: Int
  /// Nil where positions are learned with the embedding.
  private let rotary: RotaryEmbedding?
  private let attention: CausalAttention

  /// - Parameter attention: 1 / sqrt(d) over all positions, unless given.
  package init(
    headSize: Int, headCount: Int, keyValueHeadCount: Int, rotary: RotaryEmbedding?,
    attention: CausalAttention? = nil
  ) {
    precondition(headCount % keyValueHeadCount == 0)
    self.headSize = headSize
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.rotary = rotary
    self.attention = attention ?? CausalAttention(scale: 1 / Float(headSize).squareRoot())
  }

  /// Rotates query and key in place; `logSumExp` [heads, T] is kept for backward.
  package func forward(_ heads: Heads, into context: Matrix, logSumExp: Matrix, batch: RaggedBatch, arena: Arena) {
    forEachDocument(batch) { positions in
      for head in 0..<headCount { rotary?.forward(part(heads.query, head, heads, positions)) }
      for head in 0..<keyValueHeadCount { rotary?.forward(part(heads.key, head, heads, positions)) }
      for head in 0..<headCount {
        attention.forward(
          query: part(heads.query, head, heads, positions), key: part(heads.key, group(head), heads, positions),
          value: part(heads.value, group(head), heads, positions), into: part(context, head, positions),
          logSumExp: logSumExp.row(head) + positions.lowerBound, arena: arena)
      }
    }
  }

  /// Writes the gradients of what `forward` read, before its rotation.
  package func backward(
    _ dContext: Matrix, heads: Heads, context: Matrix, logSumExp: Matrix, into gradients: Heads, batch: RaggedBatch,
    arena: Arena
  ) {
    let g = gradients
    forEachDocument(batch) { positions in
      for head in 0..<keyValueHeadCount {
        part(g.key, head, g, positions).fill(0)
        part(g.value, head, g, positions).fill(0)
      }
      for head in 0..<headCount {
        attention.backward(
          dContext: part(dContext, head, positions), query: part(heads.query, head, heads, positions),
          key: part(heads.key, group(head), heads, positions), value: part(heads.value, group(head), heads, positions),
          context: part(context, head, positions), logSumExp: logSumExp.row(head) + positions.lowerBound,
          dQuery: part(g.query, head, g, positions), dKey: part(g.key, group(head), g, positions),
          dValue: part(g.value, group(head), g, positions), arena: arena)
      }
      for head in 0..<headCount { rotary?.backward(part(g.query, head, g, positions)) }
      for head in 0..<keyValueHeadCount { rotary?.backward(part(g.key, head, g, positions)) }
    }
  }

  private func group(_ head: Int) -> Int { head / (headCount / keyValueHeadCount) }

  private func forEachDocument(_ batch: RaggedBatch, _ body: (_ positions: Range<Int>) -> Void) {
    for document in 0..<batch.count where !batch.positions(document).isEmpty { body(batch.positions(document)) }
  }

  /// One head of one document.
  private func part(_ matrix: Matrix, _ head: Int, _ heads: Heads, _ positions: Range<Int>) -> Matrix {
    matrix.rows(positions).columns(head * heads.spacing..<head * heads.spacing + headSize)
  }

  private func part(_ context: Matrix, _ head: Int, _ positions: Range<Int>) -> Matrix {
    context.rows(positions).columns(head * headSize..<(head + 1) * headSize)
  }
}
