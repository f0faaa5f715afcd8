import Foundation

/// Scratch memory of one worker: matrices are carved off in order and all given back at once, so that a batch costs no
/// allocation once the first has found the size that it needs.
///
/// Contents are undefined; what must start at zero says so by `zeroed`. Not thread-safe: one arena per worker.
package final class Arena {
  private var chunks: [FloatStorage] = []
  private var current = 0
  private var used = 0
  private let chunkFloats: Int

  /// - Parameter chunkFloats: smallest piece asked of the system, in floats.
  package init(chunkFloats: Int = 1 << 20) {
    self.chunkFloats = chunkFloats
  }

  /// A place to return to: everything taken after it is given back by `release`.
  package struct Mark {
    fileprivate let chunk: Int
    fileprivate let used: Int
  }

  package func mark() -> Mark { Mark(chunk: current, used: used) }

  package func release(to mark: Mark) {
    current = mark.chunk
    used = mark.used
  }

  package func reset() { release(to: Mark(chunk: 0, used: 0)) }

  package func matrix(_ rows: Int, _ columns: Int, zeroed: Bool = false) -> Matrix {
    let base = take(rows * columns)
    let view = Matrix(base: base, rows: rows, columns: columns, owner: chunks[current])
    if zeroed { view.fill(0) }
    return view
  }

  package func vector(_ count: Int) -> UnsafeMutablePointer<Float> { take(count) }

  private func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let rounded = (count + 15) & ~15  // keeps every matrix on a 64-byte boundary
    while current < chunks.count {
      if used + rounded <= chunks[current].count {
        defer { used += rounded }
        return chunks[current].base + used
      }
      current += 1
      used = 0
    }
    chunks.append(FloatStorage(count: max(chunkFloats, rounded)))
    used = rounded
    return chunks[current].base
  }
}
