import Foundation

/// Gradient rows that a run keeps on disk as long as its later steps need them, each made by one forward and backward
/// pass. They are float32 whatever the model's precision is, since sums are made of them.
struct StoredGradients {
  /// What the rows were made of, or the same with fewer modules, of which alone the sinks then see the columns.
  var inputs: CollectionInputs
  let folder: URL

  /// Makes the rows of all documents, and the table of these.
  ///
  /// - Parameter keepsDataset: whether the documents' lengths and losses are stored beside, as with an index.
  /// - Returns: files of earlier runs that rows were taken from.
  static func write(
    _ inputs: CollectionInputs, to directory: URL, keepsDataset: Bool, stage: String, _ context: RunContext
  ) throws -> [URL] {
    let writer = try GradientIndexWriter(
      in: directory, modules: modules(inputs), rowCount: inputs.tokens.count, storage: .float32)
    let sink = IndexSink(writer: writer, transform: RowTransform(preconditioner: nil, unitNormalize: false))
    let supply = try RowSupply(inputs, context)
    let summary = try supply.run(context, stage: stage, sinks: [sink])
    try writer.close()
    try supply.table(summary).write(to: directory)
    if keepsDataset { try DatasetColumns.write(inputs, losses: summary.losses, to: directory) }
    return supply.files
  }

  /// Sends the rows through sinks.
  ///
  /// - Parameters:
  ///   - limit: only the documents before this one; nil for all.
  ///   - plan: the batches that they come in; nil for their order in the file.
  func run(
    _ context: RunContext, stage: String, limit: Int? = nil, plan: BatchPlan? = nil, sinks: [any GradientSink]
  ) throws -> BatchPass.Summary {
    let index = try GradientIndex(opening: folder)
    return try StoredRowsPass(
      index: index, lengths: inputs.tokens.lengths, workers: inputs.workers, limit: limit,
      columns: index.columns(of: inputs.recipe.blocks.map(\.name)), plan: plan
    ).run(context, stage: stage, sinks: sinks)
  }

  /// Writes the autocorrelation of the rows, added up in the batches in which they were made: the bytes are those that the
  /// pass that made them would have come to.
  ///
  /// - Parameter limit: documents, from the start, that it is fitted on; nil for all.
  func writeAutocorrelation(to directory: URL, limit: Int?, _ context: RunContext) throws {
    let blocks = inputs.recipe.blocks
    let count = min(inputs.tokens.count, limit ?? .max)
    let accumulator = try AutocorrelationAccumulator(blocks: blocks, documents: 0..<count)
    _ = try run(context, stage: "autocorrelation", limit: count, plan: inputs.pass().plan, sinks: [accumulator])
    try accumulator.finish(workers: inputs.workers).write(to: directory)
  }

  /// Writes the aggregate of the transformed rows as an index of one row.
  func writeAggregate(
    to directory: URL, _ preprocess: PreprocessConfig, transform: RowTransform, _ context: RunContext
  ) throws {
    let sum = AggregationSink(width: inputs.recipe.rowWidth, transform: transform)
    _ = try run(context, stage: "aggregate", sinks: [sum])
    let row = sum.finish(preprocess.aggregation, normalize: preprocess.normalizeAggregatedGradient)
    try Self.write(row, of: inputs, to: directory)
  }

  /// Writes one row, the aggregate of others, as an index.
  static func write(_ row: FloatStorage, of inputs: CollectionInputs, to directory: URL) throws {
    let writer = try GradientIndexWriter(in: directory, modules: modules(inputs), rowCount: 1, storage: .float32)
    try writer.write(row.base, count: 1, at: 0)
    try writer.close()
  }

  /// The table of the documents.
  func table() throws -> RowTable { try RowTable(of: folder) }

  private static func modules(_ inputs: CollectionInputs) -> [GradientModule] {
    inputs.recipe.blocks.map { GradientModule(name: $0.name, size: $0.size) }
  }
}
