import CKernels
import Foundation

/// One forward and backward pass over a data set: batches are spread over workers, each with its own arena and
/// collector, and every batch's gradient rows go through the sinks, in parts where they are too many for memory.
package struct GradientPass: Sendable {
  package let recipe: GradientRecipe
  package let pass: BatchPass
  /// Where each document's rows begin among all, if a row is one of its tokens; nil for a row per document.
  private let tokenOffsets: [Int]?

  package init(
    model: any CausalLM, recipe: GradientRecipe, dataset: TokenizedDataset, weights: [Double]? = nil,
    loss: LossSettings, tokenBudget: Int, maximumDocuments: Int, workers: Int, tokenOffsets: [Int]? = nil,
    formsRows: Bool = true
  ) {
    self.recipe = recipe
    self.tokenOffsets = tokenOffsets
    // Rows of documents are made while the pass runs, all of a batch; rows of tokens after it.
    let fitting = tokenOffsets == nil && formsRows ? recipe.rowsThatFit : .max
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
      let collector: any RowCollector =
        tokenOffsets == nil ? GradientCollector(recipe: recipe) : TokenGradientCollector(recipe: recipe)
      return { index, batch in
        collector.begin(batch)
        let losses = pass.model.forwardBackward(batch, loss: pass.loss, collector: collector, arena: arena)
        arena.reset()
        return BatchPass.Finished(
          losses: losses, norms: try feed(collector, batch, index: index, sinks: sinks, arena: arena))
      }
    }
  }

  /// Sends the rows of a batch through the sinks; the length of each document's, of all of its tokens together.
  private func feed(
    _ collector: any RowCollector, _ batch: RaggedBatch, index: Int, sinks: [any GradientSink], arena: Arena
  ) throws -> [Double] {
    let stretches = collector.stretches
    var squares = [Double](repeating: 0, count: batch.count)
    for start in stride(from: 0, to: stretches.count, by: collector.rowsAtOnce) {
      let range = start..<min(start + collector.rowsAtOnce, stretches.count)
      let rows = collector.rows(range)
      for (row, stretch) in stretches[range].enumerated() {
        squares[stretch.document] += ck_sum_of_squares(rows.row(row), rows.columns)
      }
      let places = places(of: stretches[range], batch)
      let gradients = GradientBatch(
        index: index, isLast: range.upperBound == stretches.count,
        documents: stretches[range].map { batch.documents[$0.document] }, places: places, rows: rows, arena: arena)
      for sink in sinks { try sink.consume(gradients) }
    }
    return squares.map { $0.squareRoot() }
  }

  /// Where token rows lie among those of all documents; nil for a row per document.
  private func places(of stretches: some Collection<RowStretch>, _ batch: RaggedBatch) -> [Int]? {
    tokenOffsets.map { offsets in
      stretches.map { offsets[batch.documents[$0.document]] + $0.positions.lowerBound - batch.offsets[$0.document] }
    }
  }

  // MARK: Scores without rows

  /// Writes the scores of all documents, or tokens, by inner products; no gradient is formed.
  ///
  /// - Precondition: the recipe is plain, the queries are in memory, and the sink transforms rows by their length at most.
  func runProducts(_ context: RunContext, stage: String, to sink: ScoreSink) throws -> BatchPass.Summary {
    guard let queries = sink.queries.matrix, sink.transform.preconditioner == nil else {
      preconditionFailure("inner products are of gradients as they are")
    }
    let ofTokens = tokenOffsets != nil
    return try pass.run(context, stage: stage, abandon: sink.abandon) {
      let arena = Arena()
      let collector = InnerProductCollector(recipe: recipe, queries: queries, ofTokens: ofTokens)
      return { _, batch in
        collector.begin(batch)
        let losses = pass.model.forwardBackward(batch, loss: pass.loss, collector: collector, arena: arena)
        arena.reset()
        let stretches = ofTokens ? RowStretch.tokens(of: batch) : RowStretch.documents(of: batch)
        let scores = arena.matrix(stretches.count, queries.rows)
        collector.scores(stretches, unitNormalize: sink.transform.unitNormalize, into: scores)
        try sink.write(scores, at: places(of: stretches, batch) ?? batch.documents)
        arena.reset()
        var squares = [Double](repeating: 0, count: batch.count)
        for stretch in stretches { squares[stretch.document] += pow(collector.norm(of: stretch), 2) }
        return BatchPass.Finished(losses: losses, norms: squares.map { $0.squareRoot() })
      }
    }
  }
}
