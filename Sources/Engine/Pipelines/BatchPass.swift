import Foundation
import Synchronization

/// Runs the batches of a plan over workers: what gradient rows, covariances and eigenvalue corrections share.
package struct BatchPass: Sendable {
  package let model: any CausalLM
  package let dataset: TokenizedDataset
  /// What the losses of the data set's rows are multiplied by; nil for 1.
  package let weights: [Double]?
  package let loss: LossSettings
  package let workers: Int
  /// Batches as lists of data set rows; rows under two tokens are in none of them.
  package let plan: BatchPlan

  /// What is known of a batch when a worker is done with it.
  package struct Finished {
    package let losses: [Double]
    /// Lengths of the documents' gradients; empty where no rows are made.
    package let norms: [Double]
  }

  /// What a pass has found out besides what its workers have gathered.
  package struct Summary: Sendable {
    /// Loss of each data set row, weighted; 0 for rows under two tokens.
    package var losses: [Float]
    /// Length of each data set row's gradient, as sketched; 0 for rows under two tokens, and of all rows where none are made.
    package var norms: [Float]
    package var documents = 0
    package var tokens = 0
    /// Of these, those whose rows were taken from earlier indexes.
    package var reusedRows = 0
    /// Tokens of documents that did not go through the model.
    package var reusedTokens = 0
    /// Documents that are in a sum taken from an earlier run.
    package var summedRows = 0
    /// Rows under two tokens, which have no gradient.
    package var skipped: [Int] = []
    /// Rows that were read and yet have a gradient of exactly zero.
    package var zeroRows: [Int] = []
    /// Rows with NaN or infinite entries.
    package var nonFiniteRows: [Int] = []
  }

  /// - Parameters:
  ///   - abandon: called once per worker that failed, so that nobody waits for its batch.
  ///   - makeWorker: called on each worker's thread; what it returns is given that worker's batches with their number
  ///     in the plan, in ascending order.
  /// - Throws: what a worker throws, or `CancellationError` when the context says so between two batches.
  package func run(
    _ context: RunContext, stage: String, abandon: @Sendable () -> Void,
    makeWorker: @Sendable () -> (_ index: Int, _ batch: RaggedBatch) throws -> Finished
  ) throws -> Summary {
    let next = Atomic(0)
    let state = Mutex(Summary(rows: dataset.count))
    try Parallel.run(workers: max(1, min(workers, plan.count))) { _ in
      do {
        let work = makeWorker()
        while true {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < plan.count else { return }
          var batch = try dataset.batch(plan[index])
          batch.weights = weights.map { weights in batch.documents.map { Float(weights[$0]) } }
          context.forwardPasses.add(1)
          let finished = try work(index, batch)
          let done = state.withLock { summary in
            summary.add(finished, batch)
            return (documents: summary.documents, tokens: summary.tokens)
          }
          context.progress(
            RunProgress(stage: stage, completed: done.documents, total: plan.documentCount, tokens: done.tokens))
          if context.isCancelled() { throw CancellationError() }
        }
      } catch {
        next.store(plan.count, ordering: .relaxed)
        abandon()
        throw error
      }
    }
    var summary = state.withLock { $0 }
    summary.skipped = dataset.lengths.indices.filter { dataset.lengths[$0] < BatchPlan.minimumLength }
    summary.zeroRows.sort()
    summary.nonFiniteRows.sort()
    return summary
  }
}

extension BatchPass.Summary {
  init(rows: Int) {
    losses = [Float](repeating: 0, count: rows)
    norms = losses
  }

  fileprivate mutating func add(_ finished: BatchPass.Finished, _ batch: RaggedBatch) {
    documents += batch.count
    tokens += batch.tokenCount
    for (i, row) in batch.documents.enumerated() { losses[row] = Float(finished.losses[i]) }
    for (row, norm) in zip(batch.documents, finished.norms) { add(norm: norm, of: row) }
  }

  mutating func add(norm: Double, of row: Int) {
    // A length beyond float32 is as far out as can be.
    norms[row] = Float(norm)
    if norm == 0 { zeroRows.append(row) } else if !norm.isFinite { nonFiniteRows.append(row) }
  }
}
