import Foundation

/// Multiplies document rows with the queries and writes the scores; the rows themselves are never stored.
///
/// A score is positive where training on the document lowers the query's loss.
package struct ScoreSink: GradientSink {
  let queries: QueryGradients
  /// Document side only: with a one-sided preconditioner it is the query that carries it.
  let transform: RowTransform
  let kind: ScoreKind
  let writer: ScoreFileWriter

  package func consume(_ batch: GradientBatch) throws {
    transform.apply(to: batch.rows, arena: batch.arena)
    let mark = batch.arena.mark()
    defer { batch.arena.release(to: mark) }
    let scores = batch.arena.matrix(batch.rows.rows, queries.count)
    try queries.multiply(batch.rows, into: scores, arena: batch.arena)
    try write(scores, at: batch.places)
  }

  /// Writes [rows, queries] to these rows of the file.
  func write(_ scores: Matrix, at places: [Int]) throws {
    switch kind {
    case .individual: try writer.write(scores.base, rows: places, queries: 0..<queries.count)
    case .nearest:
      // A NaN among the scores makes the largest one NaN: which it is, nobody knows.
      let nearest = (0..<scores.rows).map { r in
        (0..<queries.count).reduce(-Float.infinity) { scores[r, $1].isNaN || $0.isNaN ? .nan : max($0, scores[r, $1]) }
      }
      try writer.write(nearest, rows: places, queries: 0..<1)
    }
  }
}
