import Foundation

/// Gradient rows that a run keeps on disk as long as its later steps need them, each made by one forward and backward
/// pass. They are float32 whatever the model's precision is, since sums are made of them.
struct StoredGradients {
  /// What the rows were made of, or the same with fewer modules, of which alone the sinks then see the columns.
  var inputs: CollectionInputs
  let folder: URL

  /// Makes the rows of all documents.
  static func write(_ inputs: CollectionInputs, to directory: URL, stage: String, _ context: RunContext) throws {
    let writer = try GradientIndexWriter(
      in: directory, modules: modules(inputs), rowCount: inputs.tokens.count, storage: .float32)
    let sink = IndexSink(writer: writer, transform: RowTransform(preconditioner: nil, unitNormalize: false))
    _ = try inputs.pass().run(context, stage: stage, sinks: [sink])
    try writer.close()
    try inputs.processor.write(to: directory.appendingPathComponent(ProcessorConfig.fileName))
  }

  /// Sends the rows through sinks.
  ///
  /// - Parameter limit: only the documents before this one; nil for all.
  func run(
    _ context: RunContext, stage: String, limit: Int? = nil, sinks: [any GradientSink]
  ) throws -> BatchPass.Summary {
    let index = try GradientIndex(opening: folder)
    return try StoredRowsPass(
      index: index, lengths: inputs.tokens.lengths, workers: inputs.workers, limit: limit,
      columns: index.columns(of: inputs.recipe.blocks.map(\.name))
    ).run(context, stage: stage, sinks: sinks)
  }

  /// Writes the autocorrelation of the rows.
  ///
  /// - Parameter limit: documents, from the start, that it is fitted on; nil for all.
  func writeAutocorrelation(to directory: URL, limit: Int?, _ context: RunContext) throws {
    let blocks = inputs.recipe.blocks
    let count = min(inputs.tokens.count, limit ?? .max)
    let accumulator = try AutocorrelationAccumulator(blocks: blocks, documents: 0..<count)
    _ = try run(context, stage: "autocorrelation", limit: count, sinks: [accumulator])
    try accumulator.finish(workers: inputs.workers).write(to: directory)
    try inputs.processor.write(to: directory.appendingPathComponent(ProcessorConfig.fileName))
  }

  /// Writes the aggregate of the transformed rows as an index of one row.
  func writeAggregate(
    to directory: URL, _ preprocess: PreprocessConfig, transform: RowTransform, _ context: RunContext
  ) throws {
    let sum = AggregationSink(width: inputs.recipe.rowWidth, transform: transform)
    _ = try run(context, stage: "aggregate", sinks: [sum])
    let row = sum.finish(preprocess.aggregation, normalize: preprocess.normalizeAggregatedGradient)
    let writer = try GradientIndexWriter(
      in: directory, modules: Self.modules(inputs), rowCount: 1, storage: .float32)
    try writer.write(row.base, count: 1, at: 0)
    try writer.close()
    try inputs.processor.write(to: directory.appendingPathComponent(ProcessorConfig.fileName))
  }

  private static func modules(_ inputs: CollectionInputs) -> [GradientModule] {
    inputs.recipe.blocks.map { GradientModule(name: $0.name, size: $0.size) }
  }
}
