import CKernels
import Foundation

/// One forward and backward pass over a data set: batches are spread over workers, each with its own arena and
/// collector, and every batch's gradient rows go through the sinks.
package struct GradientPass: Sendable {
  package let recipe: GradientRecipe
  package let pass: BatchPass

  /// Gradient rows of a batch are held in memory until its sinks are done with them: at most this many bytes a worker.
  private static let rowMemory = 40 << 20

  package init(
    model: any CausalLM, recipe: GradientRecipe, dataset: TokenizedDataset, weights: [Double]? = nil,
    loss: LossSettings, tokenBudget: Int, maximumDocuments: Int, workers: Int
  ) {
    self.recipe = recipe
    let fitting = max(1, Self.rowMemory / max(recipe.rowWidth * MemoryLayout<Float>.stride, 1))
    let plan = BatchPlan.ragged(
      lengths: dataset.lengths, tokenBudget: tokenBudget, maxBatchSize: min(fitting, maximumDocuments))
    pass = BatchPass(
      model: model, dataset: dataset, weights: weights, loss: loss, workers: workers, plan: plan)
  }

  package var plan: BatchPlan { pass.plan }

  /// - Throws: what a sink throws, or `CancellationError` when the context says so between two batches.
  package func run(_ context: RunContext, stage: String, sinks: [any GradientSink]) throws -> BatchPass.Summary {
    @Sendable func abandon() { for sink in sinks { sink.abandon() } }
    return try pass.run(context, stage: stage, abandon: abandon) {
      let arena = Arena()
      let collector = GradientCollector(recipe: recipe)
      var storage = FloatStorage(count: 0)
      return { index, batch in
        if storage.count < batch.count * recipe.rowWidth {
          storage = FloatStorage(count: batch.count * recipe.rowWidth)
        }
        let rows = storage.matrix(batch.count, recipe.rowWidth)
        collector.begin(rows: rows)
        let losses = pass.model.forwardBackward(batch, loss: pass.loss, collector: collector, arena: arena)
        let health = batch.documents.indices.map { Self.health(of: rows.row($0), count: rows.columns) }
        arena.reset()
        let gradients = GradientBatch(index: index, documents: batch.documents, rows: rows, arena: arena)
        for sink in sinks { try sink.consume(gradients) }
        return BatchPass.Finished(losses: losses, health: health)
      }
    }
  }

  private static func health(of row: UnsafeMutablePointer<Float>, count: Int) -> BatchPass.RowHealth {
    let squares = ck_sum_of_squares(row, count)
    return squares == 0 ? .zero : squares.isFinite ? .sound : .nonFinite
  }
}
