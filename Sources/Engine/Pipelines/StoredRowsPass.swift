import Foundation
import Synchronization

/// Gradient rows of an index on their way through sinks, as if they had just been made.
struct StoredRowsPass {
  let index: GradientIndex
  /// Tokens of each document of the index; those under two have no gradient, and no sink sees them.
  let lengths: [Int32]
  let workers: Int
  /// Only the documents before this one; nil for all.
  var limit: Int?
  /// Only these columns of the rows.
  let columns: [Range<Int>]
  /// The batches that the rows come in, as when they were made; nil for rows in their order, which is faster to read.
  var plan: BatchPlan?

  /// Floats of the rows that a worker holds: 8 MiB.
  private static let blockFloats = 2 << 20

  /// - Throws: what a sink throws, or `CancellationError` when the context says so between two blocks.
  func run(_ context: RunContext, stage: String, sinks: [any GradientSink]) throws -> BatchPass.Summary {
    let width = columns.reduce(0) { $0 + $1.count }
    let blocks = self.blocks(width)
    let total = blocks.reduce(0) { $0 + $1.count }
    let next = Atomic(0)
    let state = Mutex(BatchPass.Summary(rows: lengths.count))
    try Parallel.run(workers: max(1, min(workers, blocks.count))) { _ in
      let arena = Arena()
      do {
        while true {
          let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard number < blocks.count else { return }
          let documents = blocks[number]
          let matrix = arena.matrix(documents.count, width)
          index.readRows(at: documents, columns: columns, into: matrix.base)
          let done = state.withLock { $0.add(documents, matrix, lengths) }
          for sink in sinks {
            try sink.consume(GradientBatch(index: number, documents: documents, rows: matrix, arena: arena))
          }
          arena.reset()
          context.progress(
            RunProgress(stage: stage, completed: done.documents, total: total, tokens: done.tokens))
          if context.isCancelled() { throw CancellationError() }
        }
      } catch {
        next.store(blocks.count, ordering: .relaxed)
        for sink in sinks { sink.abandon() }
        throw error
      }
    }
    var summary = state.withLock { $0 }
    summary.skipped = lengths.indices.filter { lengths[$0] < BatchPlan.minimumLength }
    summary.zeroRows.sort()
    summary.nonFiniteRows.sort()
    return summary
  }

  /// The rows that are read at once.
  private func blocks(_ width: Int) -> [[Int]] {
    let end = min(limit ?? index.rowCount, index.rowCount)
    if let plan { return plan.map { $0.filter { $0 < end } }.filter { !$0.isEmpty } }
    let rows = (0..<end).filter { lengths[$0] >= BatchPlan.minimumLength }
    let block = max(1, Self.blockFloats / max(width, 1))
    return stride(from: 0, to: rows.count, by: block).map { Array(rows[$0..<min($0 + block, rows.count)]) }
  }
}

extension BatchPass.Summary {
  fileprivate mutating func add(
    _ rows: [Int], _ matrix: Matrix, _ lengths: [Int32]
  ) -> (documents: Int, tokens: Int) {
    for (i, row) in rows.enumerated() {
      documents += 1
      tokens += Int(lengths[row])
      add(norm: matrix.norm(ofRow: i), of: row)
    }
    return (documents, tokens)
  }
}
