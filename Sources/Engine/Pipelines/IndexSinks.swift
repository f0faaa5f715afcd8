import CKernels
import Foundation
import Synchronization

/// Writes transformed rows into an index.
package struct IndexSink: GradientSink {
  let writer: GradientIndexWriter
  let transform: RowTransform

  package func consume(_ batch: GradientBatch) throws {
    transform.apply(to: batch.rows, arena: batch.arena)
    try writer.write(batch.rows.base, at: batch.places)
  }
}

/// Sums transformed rows into one, in float64 and in batch order.
package final class AggregationSink: GradientSink {
  private let transform: RowTransform
  private let sum: Mutex<(values: [Double], count: Int)>
  private let turn = Turnstile()

  package init(width: Int, transform: RowTransform) {
    self.transform = transform
    sum = Mutex((values: [Double](repeating: 0, count: width), count: 0))
  }

  package func consume(_ batch: GradientBatch) throws {
    transform.apply(to: batch.rows, arena: batch.arena)
    try turn.perform(batch.index, isLast: batch.isLast) {
      sum.withLock { sum in
        for r in 0..<batch.rows.rows {
          let row = batch.rows.row(r)
          for c in 0..<sum.values.count { sum.values[c] += Double(row[c]) }
        }
        sum.count += batch.rows.rows
      }
    }
  }

  package func abandon() { turn.abandon() }

  /// The aggregated row. The mean is over documents that have a gradient: those under two tokens do not count.
  package func finish(_ aggregation: Aggregation, normalize: Bool) -> FloatStorage {
    let (values, count) = sum.withLock { $0 }
    return Self.row(values, count: count, aggregation, normalize: normalize)
  }

  static func row(_ sums: [Double], count: Int, _ aggregation: Aggregation, normalize: Bool) -> FloatStorage {
    let factor = aggregation == .mean ? 1 / Double(max(count, 1)) : 1
    let storage = FloatStorage(count: sums.count)
    for (i, value) in sums.enumerated() { storage.base[i] = Float(value * factor) }
    if normalize { storage.matrix(1, sums.count).normalizeRows() }
    return storage
  }
}
