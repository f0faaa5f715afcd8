import Foundation
import Synchronization

/// The gradient rows of documents: from indexes of earlier runs where these have them, and else from the model.
///
/// A row that is read is the row that another batch made, which may differ in its last bits from the one that this run's
/// batches would make; `InvarianceTests` has by how much.
struct RowSupply {
  private let inputs: CollectionInputs
  /// Nil until they are asked for: nobody may have any rows.
  private var identities: [RowTable.Identity]?
  private var sources: [Source] = []
  /// Sums over documents whose rows nobody needs.
  private var skipped: KnownSums?
  /// Of each document, where its row is; empty where no row is known.
  private var places: [Place?] = []

  private struct Source {
    let name: String
    let index: GradientIndex
    let table: RowTable
    let isFinished: Bool
  }

  private struct Place {
    let source: UInt32
    let row: UInt32
  }

  /// - Parameters:
  ///   - finished: what rows are made of to which all has been done that this run would do; nil where these are of no use.
  ///   - sums: sums that need no rows any more. Rows that are finished are taken of their documents alone.
  ///   - skipsSummed: whether nothing else needs the rows of these.
  init(
    _ inputs: CollectionInputs, finished: ArtifactKey? = nil, sums: KnownSums? = nil, skipsSummed: Bool = false,
    _ context: RunContext
  ) throws {
    self.inputs = inputs
    guard inputs.tokenOffsets == nil else { return }
    if let sums, skipsSummed { skipped = sums }
    let plain = CollectionInputs.recipe(try inputs.indexKey(PreprocessConfig(), storage: .float32))
    var tables = try context.earlierTables(plain).map { (table: $0, isFinished: false) }
    if let finished, case let recipe = CollectionInputs.recipe(finished), recipe != plain {
      tables = try context.earlierTables(recipe).map { ($0, true) } + tables
    }
    guard !tables.isEmpty else { return }
    let identities = try inputs.documents.identities()
    self.identities = identities
    var wanted: [RowTable.Identity: [Int]] = [:]
    for (document, length) in inputs.tokens.lengths.enumerated()
    where length >= BatchPlan.minimumLength && !isSkipped(document) {
      wanted[identities[document], default: []].append(document)
    }
    for (table, isFinished) in tables where !wanted.isEmpty {
      try add(table, isFinished: isFinished, only: isFinished ? sums : nil, &wanted, context)
    }
  }

  private func isSkipped(_ document: Int) -> Bool { skipped?.contains(document) ?? false }

  /// Takes the rows of an index that are still wanted.
  private mutating func add(
    _ earlier: EarlierTable, isFinished: Bool, only sums: KnownSums?, _ wanted: inout [RowTable.Identity: [Int]],
    _ context: RunContext
  ) throws {
    // Tables lie beside other things than rows, too.
    guard FileManager.default.fileExists(atPath: earlier.directory.appendingPathComponent("info.json").path) else {
      return
    }
    let table: RowTable
    let index: GradientIndex
    do {
      table = try RowTable(of: earlier.directory)
      index = try GradientIndex(opening: earlier.directory)
    } catch let error where error is IndexFileError || error is FileError {
      return context.tell("the rows of \(earlier.name) cannot be used: \(error)")
    }
    let blocks = inputs.recipe.blocks.map { GradientModule(name: $0.name, size: $0.size) }
    guard table.count == index.rowCount, index.modules == blocks else { return }
    let found = table.identities.indices.filter { wanted[table.identities[$0]] != nil }
    guard !found.isEmpty, try earlier.isIntact(index.dataURL.lastPathComponent) else { return }
    if places.isEmpty { places = [Place?](repeating: nil, count: inputs.tokens.count) }
    var count = 0
    for row in found {
      let documents = wanted.removeValue(forKey: table.identities[row]) ?? []
      let left = sums.map { sums in documents.filter { !sums.contains($0) } } ?? []
      if !left.isEmpty { wanted[table.identities[row]] = left }
      for document in documents where !left.contains(document) {
        places[document] = Place(source: UInt32(sources.count), row: UInt32(row))
        count += 1
      }
    }
    guard count > 0 else { return }
    context.tell("\(count) of \(inputs.tokens.count) rows reused from \(earlier.name)")
    sources.append(Source(name: earlier.name, index: index, table: table, isFinished: isFinished))
  }

  /// Whether any row need not be made.
  var knowsRows: Bool { !sources.isEmpty }

  /// The files that rows are taken from.
  var files: [URL] { sources.map(\.index.dataURL) }

  /// Sends all rows through sinks: those that are known first, then those that the model makes.
  ///
  /// - Parameters:
  ///   - finishedSink: gets the rows to which all has been done, instead of the others.
  /// - Throws: what a sink throws, or `CancellationError` when the context says so between two batches.
  func run(
    _ context: RunContext, stage: String, maximumDocuments: Int = .max, sinks: [any GradientSink],
    finishedSink: (any GradientSink)? = nil
  ) throws -> BatchPass.Summary {
    guard knowsRows || skipped != nil else {
      return try inputs.pass(maximumDocuments: maximumDocuments).run(context, stage: stage, sinks: sinks)
    }
    var summary = BatchPass.Summary(lengths: inputs.tokens.lengths)
    if let skipped {
      for (document, row) in skipped.rows { known(document, row, of: skipped.table, &summary) }
    }
    var batches = 0
    for (number, source) in sources.enumerated() {
      let taken = places.indices.filter { places[$0]?.source == UInt32(number) }
      let rows = taken.compactMap { places[$0].map { Int($0.row) } }
      let passed = try KnownRowsPass(
        index: source.index, rows: rows, documents: taken, firstBatch: source.isFinished ? 0 : batches,
        workers: inputs.workers
      ).run(
        context, stage: "rows of \(source.name)", sinks: source.isFinished ? [finishedSink].compactMap(\.self) : sinks)
      // Rows that are finished pass sinks that ask for no order.
      if !source.isFinished { batches += passed }
      for (document, row) in zip(taken, rows) { known(document, row, of: source.table, &summary) }
      summary.reusedRows += taken.count
    }
    let missing = inputs.tokens.lengths.indices.filter { document in
      inputs.tokens.lengths[document] >= BatchPlan.minimumLength && !isSkipped(document)
        && (places.isEmpty || places[document] == nil)
    }
    if !missing.isEmpty {
      let rest = try inputs.selecting(missing).pass(maximumDocuments: maximumDocuments)
      let made = try rest.run(
        context, stage: stage, sinks: sinks.map { PlacedSink(sink: $0, documents: missing, firstBatch: batches) })
      for (position, document) in missing.enumerated() {
        summary.losses[document] = made.losses[position]
        summary.norms[document] = made.norms[position]
      }
      summary.zeroRows += made.zeroRows.map { missing[$0] }
      summary.nonFiniteRows += made.nonFiniteRows.map { missing[$0] }
    }
    summary.zeroRows.sort()
    summary.nonFiniteRows.sort()
    return summary
  }

  /// Adds what a table says of a document that has a gradient.
  private func known(_ document: Int, _ row: Int, of table: RowTable, _ summary: inout BatchPass.Summary) {
    guard inputs.tokens.lengths[document] >= BatchPlan.minimumLength else { return }
    summary.losses[document] = table.losses[row]
    summary.add(norm: Double(table.norms[row]), of: document)
    summary.reusedTokens += Int(inputs.tokens.lengths[document])
  }

  /// What is known of the documents after the pass, as `rows.npy` keeps it.
  ///
  /// - Throws: `FileError` where the disk fails.
  func table(_ summary: BatchPass.Summary) throws -> RowTable {
    RowTable(
      identities: try identities ?? inputs.documents.identities(), losses: summary.losses, norms: summary.norms)
  }
}

/// Rows of an earlier index on their way through the sinks of a run, as rows of its own documents.
private struct KnownRowsPass {
  let index: GradientIndex
  let rows: [Int]
  /// Whose rows they are.
  let documents: [Int]
  /// The number of the first batch.
  let firstBatch: Int
  let workers: Int

  /// Floats that a worker reads at once: 8 MiB.
  private static let blockFloats = 2 << 20

  /// - Returns: how many batches there were.
  func run(_ context: RunContext, stage: String, sinks: [any GradientSink]) throws -> Int {
    let size = max(1, Self.blockFloats / max(index.rowWidth, 1))
    let count = (rows.count + size - 1) / size
    let next = Atomic(0)
    let completed = Atomic(0)
    try Parallel.run(workers: max(1, min(workers, count))) { _ in
      let arena = Arena()
      do {
        while true {
          let batch = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard batch < count else { return }
          let part = batch * size..<min((batch + 1) * size, rows.count)
          let matrix = arena.matrix(part.count, index.rowWidth)
          index.readRows(at: Array(rows[part]), into: matrix.base)
          for sink in sinks {
            try sink.consume(
              GradientBatch(index: firstBatch + batch, documents: Array(documents[part]), rows: matrix, arena: arena))
          }
          arena.reset()
          let done = completed.wrappingAdd(part.count, ordering: .relaxed).newValue
          context.progress(RunProgress(stage: stage, completed: done, total: rows.count, tokens: 0))
          if context.isCancelled() { throw CancellationError() }
        }
      } catch {
        next.store(count, ordering: .relaxed)
        for sink in sinks { sink.abandon() }
        throw error
      }
    }
    return count
  }
}

/// A sink for the rows of some documents among all of a run.
private struct PlacedSink: GradientSink {
  let sink: any GradientSink
  /// Of each document of the pass, its place among all.
  let documents: [Int]
  /// The number of the pass's first batch among all.
  let firstBatch: Int

  func consume(_ batch: GradientBatch) throws {
    try sink.consume(
      GradientBatch(
        index: firstBatch + batch.index, isLast: batch.isLast, documents: batch.documents.map { documents[$0] },
        rows: batch.rows, arena: batch.arena))
  }

  func abandon() { sink.abandon() }
}
