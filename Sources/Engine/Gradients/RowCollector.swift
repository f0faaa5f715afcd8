/// A collector that makes gradient rows of a batch: one per document, or one per token.
package protocol RowCollector: Collector {
  /// Before the passes through a batch.
  func begin(_ batch: RaggedBatch)
  /// [rows] of each row of the batch, the document in the batch and the positions of the batch that it stands for.
  var stretches: [RowStretch] { get }
  /// The most rows that `rows` makes at once.
  var rowsAtOnce: Int { get }
  /// Some of the batch's rows, [count, row width], after the passes; valid until the next call.
  func rows(_ range: Range<Int>) -> Matrix
}

/// What a row of a batch is the gradient of.
package struct RowStretch: Sendable, Equatable {
  /// Its place in the batch.
  package let document: Int
  /// Positions of the batch.
  package let positions: Range<Int>

  package init(document: Int, positions: Range<Int>) {
    self.document = document
    self.positions = positions
  }

  /// A row for each document.
  static func documents(of batch: RaggedBatch) -> [RowStretch] {
    (0..<batch.count).map { RowStretch(document: $0, positions: batch.positions($0)) }
  }

  /// A row for each position that has a next token.
  static func tokens(of batch: RaggedBatch) -> [RowStretch] {
    (0..<batch.count).flatMap { document in
      batch.positions(document).dropLast().map { RowStretch(document: document, positions: $0..<$0 + 1) }
    }
  }
}
