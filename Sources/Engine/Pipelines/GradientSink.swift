/// A batch's finished gradient rows on their way to whoever wants them.
package struct GradientBatch {
  /// Number of the batch in the plan.
  package let index: Int
  /// Rows of the data set, in the order of `rows`.
  package let documents: [Int]
  /// [documents, row width]; sinks run one after another and a later one may find what an earlier one has changed.
  package let rows: Matrix
  /// Scratch memory of the worker that made the batch.
  package let arena: Arena
}

/// Takes gradient rows: writes them, sums them, scores them. Called from several workers at once.
package protocol GradientSink: Sendable {
  func consume(_ batch: GradientBatch) throws
  /// Some batch failed: nobody may wait for it any more.
  func abandon()
}

extension GradientSink {
  package func abandon() {}
}
