import CKernels

/// Looks tokens up, scales them and adds learned positions where the architecture does so: ids [T] -> stream [T, H].
package struct TokenEmbedding: Sendable {
  /// [V, H]
  package let tokens: FloatStorage
  /// [V, H], what a head that is tied to the embedding reads: the same, unless an adapter brings another table for tokens
  /// alone.
  package let headTokens: FloatStorage
  /// [longest document, H]
  package let positions: FloatStorage?
  /// Factor on what is looked up.
  package let scale: Float?

  package init(
    tokens: FloatStorage, headTokens: FloatStorage? = nil, positions: FloatStorage? = nil, scale: Float? = nil
  ) {
    self.tokens = tokens
    self.headTokens = headTokens ?? tokens
    self.positions = positions
    self.scale = scale
  }

  package func forward(_ batch: RaggedBatch, into stream: Matrix) {
    let hidden = stream.columns
    for (row, token) in batch.tokens.enumerated() {
      stream.row(row).update(from: tokens.base + Int(token) * hidden, count: hidden)
      if let scale { ck_scale(stream.row(row), scale, hidden) }
    }
    guard let positions else { return }
    for document in 0..<batch.count {
      for (position, row) in batch.positions(document).enumerated() {
        ck_add(positions.base + position * hidden, stream.row(row), hidden)
      }
    }
  }
}
