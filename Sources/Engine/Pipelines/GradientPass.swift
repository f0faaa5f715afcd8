import CKernels
import Foundation
import Synchronization

/// One forward and backward pass over a data set: batches are spread over workers, each with its own arena and
/// collector, and every batch's gradient rows go through the sinks.
package struct GradientPass: Sendable {
  package let model: any CausalLM
  package let recipe: GradientRecipe
  package let dataset: TokenizedDataset
  /// What the losses of the data set's rows are multiplied by; nil for 1.
  package let weights: [Double]?
  package let loss: LossSettings
  package let workers: Int
  /// Batches as lists of data set rows; rows under two tokens are in none of them.
  package let plan: [[Int]]

  /// Gradient rows of a batch are held in memory until its sinks are done with them: at most this many bytes a worker.
  private static let rowMemory = 40 << 20

  package init(
    model: any CausalLM, recipe: GradientRecipe, dataset: TokenizedDataset, weights: [Double]? = nil,
    loss: LossSettings,
    tokenBudget: Int, maximumDocuments: Int, workers: Int
  ) {
    self.model = model
    self.recipe = recipe
    self.dataset = dataset
    self.weights = weights
    self.loss = loss
    self.workers = workers
    let fitting = max(1, Self.rowMemory / max(recipe.rowWidth * MemoryLayout<Float>.stride, 1))
    plan = BatchPlan.ragged(
      lengths: dataset.lengths, tokenBudget: tokenBudget, maxBatchSize: min(fitting, maximumDocuments)
    )
  }

  /// What a pass has found out besides the gradients.
  package struct Summary: Sendable {
    /// Loss of each data set row, weighted; 0 for rows under two tokens.
    package var losses: [Double]
    package var documents = 0
    package var tokens = 0
    /// Rows under two tokens, which have no gradient.
    package var skipped: [Int] = []
    /// Rows that were read and yet have a gradient of exactly zero.
    package var zeroRows: [Int] = []
    /// Rows with NaN or infinite entries.
    package var nonFiniteRows: [Int] = []
  }

  /// - Throws: what a sink throws, or `CancellationError` when the context says so between two batches.
  package func run(_ context: RunContext, stage: String, sinks: [any GradientSink]) throws -> Summary {
    let next = Atomic(0)
    let state = Mutex(Summary(losses: [Double](repeating: 0, count: dataset.count)))
    let total = plan.reduce(0) { $0 + $1.count }
    try Parallel.run(workers: max(1, min(workers, plan.count))) { _ in
      do {
        try work(next: next, sinks: sinks) { batch, losses, health in
          let done = state.withLock { summary in
            summary.documents += batch.count
            summary.tokens += batch.tokenCount
            for (i, row) in batch.documents.enumerated() {
              summary.losses[row] = losses[i]
              switch health[i] {
              case .sound: break
              case .zero: summary.zeroRows.append(row)
              case .nonFinite: summary.nonFiniteRows.append(row)
              }
            }
            return (documents: summary.documents, tokens: summary.tokens)
          }
          context.progress(RunProgress(stage: stage, completed: done.documents, total: total, tokens: done.tokens))
          if context.isCancelled() { throw CancellationError() }
        }
      } catch {
        next.store(plan.count, ordering: .relaxed)
        for sink in sinks { sink.abandon() }
        throw error
      }
    }
    var summary = state.withLock { $0 }
    let planned = Set(plan.joined())
    summary.skipped = (0..<dataset.count).filter { !planned.contains($0) }
    summary.zeroRows.sort()
    summary.nonFiniteRows.sort()
    return summary
  }

  /// One worker: takes batches until none is left.
  private func work(
    next: borrowing Atomic<Int>, sinks: [any GradientSink],
    finished: (_ batch: RaggedBatch, _ losses: [Double], _ health: [RowHealth]) throws -> Void
  ) throws {
    let arena = Arena()
    let collector = GradientCollector(recipe: recipe)
    var storage = FloatStorage(count: 0)
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < plan.count else { return }
      var batch = dataset.batch(plan[index])
      batch.weights = weights.map { weights in batch.documents.map { Float(weights[$0]) } }
      if storage.count < batch.count * recipe.rowWidth {
        storage = FloatStorage(count: batch.count * recipe.rowWidth)
      }
      let rows = storage.matrix(batch.count, recipe.rowWidth)
      collector.begin(rows: rows)
      let losses = model.forwardBackward(batch, loss: loss, collector: collector, arena: arena)
      let health = batch.documents.indices.map { RowHealth(rows.row($0), count: rows.columns) }
      arena.reset()
      let gradients = GradientBatch(index: index, documents: batch.documents, rows: rows, arena: arena)
      for sink in sinks { try sink.consume(gradients) }
      try finished(batch, losses, health)
    }
  }

  private enum RowHealth {
    case sound, zero, nonFinite

    init(_ row: UnsafeMutablePointer<Float>, count: Int) {
      let squares = ck_sum_of_squares(row, count)
      self = squares == 0 ? .zero : squares.isFinite ? .sound : .nonFinite
    }
  }
}
