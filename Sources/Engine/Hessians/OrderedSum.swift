import CKernels
import Synchronization

/// A matrix summed in float64 from the float32 parts of batches, added in the order of the batches whichever worker
/// brings them, so that the sum does not depend on threads.
///
/// Every batch has to bring one part.
package final class OrderedSum: Sendable {
  package let rows: Int
  package let columns: Int
  private let values: Mutex<[Double]>
  private let turn = Turnstile()

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    values = Mutex([Double](repeating: 0, count: rows * columns))
  }

  /// Adds factor * part once all batches before this one have added theirs.
  ///
  /// - Parameter triangle: only the part's upper triangle has been computed.
  /// - Throws: `CancellationError` once the sum is abandoned.
  package func add(_ part: Matrix, factor: Double = 1, triangle: Bool = false, batch: Int) throws {
    precondition(part.rows == rows && part.columns == columns, "a part of another shape")
    try turn.perform(batch) {
      values.withLock { values in
        values.withUnsafeMutableBufferPointer { sum in
          guard let base = sum.baseAddress else { return }
          for r in 0..<rows {
            let first = triangle ? r : 0
            ck_add_widened(part.row(r) + first, factor, base + r * columns + first, columns - first)
          }
        }
      }
    }
  }

  /// No further batch will come: nobody may wait for it.
  package func abandon() { turn.abandon() }

  /// The sum, row-major, which is then given away.
  package func take() -> [Double] {
    values.withLock { values in
      defer { values = [] }
      return values
    }
  }
}
