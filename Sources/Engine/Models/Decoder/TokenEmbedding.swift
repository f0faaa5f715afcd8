import CKernels

/// Looks tokens up, and adds learned positions where the architecture has them: ids [T] -> stream [T, H].
package struct TokenEmbedding: Sendable {
  /// [V, H]
  package let tokens: FloatStorage
  /// [longest document, H]
  package let positions: FloatStorage?

  package init(tokens: FloatStorage, positions: FloatStorage? = nil) {
    self.tokens = tokens
    self.positions = positions
  }

  package func forward(_ batch: RaggedBatch, into stream: Matrix) {
    let hidden = stream.columns
    for (row, token) in batch.tokens.enumerated() {
      stream.row(row).update(from: tokens.base + Int(token) * hidden, count: hidden)
    }
    guard let positions else { return }
    for document in 0..<batch.count {
      for (position, row) in batch.positions(document).enumerated() {
        ck_add(positions.base + position * hidden, stream.row(row), hidden)
      }
    }
  }
}
