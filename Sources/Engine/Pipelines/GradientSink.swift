/// A batch's finished gradient rows on their way to whoever wants them.
package struct GradientBatch {
  /// Number of the batch in the plan.
  package let index: Int
  /// Rows of a batch may come in several parts, in their order; this is the last one.
  package let isLast: Bool
  /// Of each row, the row of the data set that it is a gradient of.
  package let documents: [Int]
  /// Of each row, its place among the rows of all documents: other than `documents` where rows are tokens.
  package let places: [Int]
  /// [rows, row width]; sinks run one after another and a later one may find what an earlier one has changed.
  package let rows: Matrix
  /// Scratch memory of the worker that made the batch.
  package let arena: Arena

  /// - Parameter places: nil for a row per document.
  package init(
    index: Int, isLast: Bool = true, documents: [Int], places: [Int]? = nil, rows: Matrix, arena: Arena
  ) {
    precondition(documents.count == rows.rows && places?.count ?? rows.rows == rows.rows)
    self.index = index
    self.isLast = isLast
    self.documents = documents
    self.places = places ?? documents
    self.rows = rows
    self.arena = arena
  }
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
