import Foundation

/// The part of a build that no earlier run has done.
struct BuildWork {
  let inputs: CollectionInputs
  let preprocess: PreprocessConfig
  let directory: RunDirectory
  /// Whether an index, or an aggregate, is made; where none is, it is there already or not wanted.
  let makesIndex: Bool
  /// How many documents, from the start, a preconditioner is fitted on; nil for none.
  let sample: Int?

  /// Writes what is missing, and adds what is known of the documents to the outcome.
  func run(_ outcome: inout RunOutcome, _ context: RunContext) throws {
    var clock = StageClock()
    if !makesIndex, sample == nil ? hasTable : holdsPlainRows {
      // Everything was found out when the rows were made.
      let table = try RowTable(of: directory.url)
      try outcome.add(BatchPass.Summary(table, lengths: inputs.tokens.lengths), inputs: inputs, passTime: nil)
      if let sample {
        context.tell("fitting a preconditioner to the rows of the index")
        try StoredGradients(inputs: inputs, folder: directory.url)
          .writeAutocorrelation(to: directory.url, limit: sample, context)
      }
      return
    }
    var sinks: [any GradientSink] = []
    let sums = try knownSums(context)
    let accumulator = try sample.map { sample in
      try AutocorrelationAccumulator(
        blocks: inputs.recipe.blocks, documents: 0..<min(inputs.tokens.count, sample),
        tokenOffsets: inputs.tokenOffsets, known: sums)
    }
    if let accumulator { sinks.append(accumulator) }
    let index = makesIndex ? try IndexWork(inputs, preprocess, in: directory.url) : nil
    if let index { sinks.append(index.sink) }
    // Rows that were transformed are no sums' to take; those of documents that are in the sums already are the index's.
    let finished = makesIndex && (accumulator == nil || sums != nil) && preprocess.aggregation == .none
    let supply = try RowSupply(
      inputs, finished: finished ? inputs.indexKey(preprocess) : nil, sums: sums, skipsSummed: !makesIndex, context)
    var summary = try supply.run(context, stage: "gradients", sinks: sinks, finishedSink: index?.finishedSink)
    summary.summedRows = sums?.rows.count ?? 0
    let passTime = clock.lap()
    outcome.use(supply.files + [sums?.file].compactMap(\.self), in: directory)
    try index?.finish(summary)
    if makesIndex || !hasTable { try supply.table(summary).write(to: directory.url) }
    if let accumulator {
      context.tell("decomposing \(inputs.recipe.blocks.count) Hessian blocks")
      try accumulator.finish(workers: inputs.workers).write(to: directory.url)
    }
    try outcome.add(summary, inputs: inputs, passTime: passTime)
  }

  /// A preconditioner of some of the documents, where one of all is wanted.
  private func knownSums(_ context: RunContext) throws -> KnownSums? {
    guard let sample, sample >= inputs.tokens.count, inputs.tokenOffsets == nil else { return nil }
    var keys = [AutocorrelationHessian.key(of: inputs, documents: inputs.tokens.count)]
    if makesIndex { keys.append(try inputs.indexKey(preprocess)) }
    return try KnownSums(inputs, besideTablesOf: keys, context)
  }

  /// Whether there are the very rows that a preconditioner is fitted to: of documents, in float32, and as they were made.
  private var holdsPlainRows: Bool {
    hasTable && FileManager.default.fileExists(atPath: directory.url.appendingPathComponent("gradients.bin").path)
      && inputs.tokenOffsets == nil && inputs.storage == .float32 && preprocess.aggregation == .none
      && !preprocess.unitNormalize && preprocess.preconditionerPath == nil
  }

  private var hasTable: Bool {
    FileManager.default.fileExists(atPath: directory.url.appendingPathComponent(RowTable.fileName).path)
  }
}

/// The index, or the aggregate, that a pass over the documents makes.
struct IndexWork {
  let sink: any GradientSink
  /// For rows to which all has been done.
  var finishedSink: any GradientSink {
    IndexSink(writer: writer, transform: RowTransform(preconditioner: nil, unitNormalize: false))
  }
  private let inputs: CollectionInputs
  private let preprocess: PreprocessConfig
  private let directory: URL
  private let writer: GradientIndexWriter

  init(_ inputs: CollectionInputs, _ preprocess: PreprocessConfig, in directory: URL) throws {
    self.inputs = inputs
    self.preprocess = preprocess
    self.directory = directory
    let recipe = inputs.recipe
    let transform = try RowTransform(preprocess, blocks: recipe.blocks, processor: inputs.processor)
    let aggregates = preprocess.aggregation != .none
    let tokenOffsets = aggregates ? nil : inputs.tokenOffsets
    writer = try GradientIndexWriter(
      in: directory, modules: recipe.blocks.map { GradientModule(name: $0.name, size: $0.size) },
      rowCount: aggregates ? 1 : tokenOffsets?.last ?? inputs.tokens.count, storage: inputs.storage,
      tokenOffsets: tokenOffsets)
    sink =
      aggregates
      ? AggregationSink(width: recipe.rowWidth, transform: transform)
      : IndexSink(writer: writer, transform: transform)
  }

  func finish(_ summary: BatchPass.Summary) throws {
    if let aggregate = sink as? AggregationSink {
      let row = aggregate.finish(preprocess.aggregation, normalize: preprocess.normalizeAggregatedGradient)
      try writer.write(row.base, count: 1, at: 0)
    } else {
      try DatasetColumns.write(inputs, losses: summary.losses, to: directory)
    }
    try writer.close()
  }
}
