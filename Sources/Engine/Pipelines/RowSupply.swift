package import Foundation
import Synchronization

/// An index of an earlier run whose rows are made by a recipe that somebody has asked for.
package struct EarlierIndex: Sendable {
  /// What people call the run.
  package var name: String
  /// Where the index and its table of documents lie.
  package var directory: URL
  /// Whether the rows are the bytes that they were; reads all of them.
  package var isIntact: @Sendable () throws -> Bool

  package init(name: String, directory: URL, isIntact: @escaping @Sendable () throws -> Bool) {
    self.name = name
    self.directory = directory
    self.isIntact = isIntact
  }
}

/// The gradient rows of documents: from indexes of earlier runs where these have them, and else from the model.
///
/// A row that is read is the row that another batch made, which may differ in its last bits from the one that this run's
/// batches would make; `InvarianceTests` has by how much.
struct RowSupply {
  private let inputs: CollectionInputs
  /// Nil until they are asked for: nobody may have any rows.
  private var identities: [RowTable.Identity]?
  private var sources: [Source] = []
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
  init(_ inputs: CollectionInputs, finished: ArtifactKey? = nil, _ context: RunContext) throws {
    self.inputs = inputs
    guard inputs.tokenOffsets == nil else { return }
    let plain = CollectionInputs.recipe(try inputs.indexKey(PreprocessConfig(), storage: .float32))
    var indexes = try context.earlierIndexes(plain).map { (index: $0, isFinished: false) }
    if let finished, case let recipe = CollectionInputs.recipe(finished), recipe != plain {
      indexes = try context.earlierIndexes(recipe).map { ($0, true) } + indexes
    }
    guard !indexes.isEmpty else { return }
    let identities = try inputs.documents.identities()
    self.identities = identities
    var wanted: [RowTable.Identity: [Int]] = [:]
    for (document, length) in inputs.tokens.lengths.enumerated() where length >= BatchPlan.minimumLength {
      wanted[identities[document], default: []].append(document)
    }
    for (index, isFinished) in indexes where !wanted.isEmpty {
      try add(index, isFinished: isFinished, &wanted, context)
    }
  }

  /// Takes the rows of an index that are still wanted.
  private mutating func add(
    _ earlier: EarlierIndex, isFinished: Bool, _ wanted: inout [RowTable.Identity: [Int]], _ context: RunContext
  ) throws {
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
    guard !found.isEmpty, try earlier.isIntact() else { return }
    if places.isEmpty { places = [Place?](repeating: nil, count: inputs.tokens.count) }
    var count = 0
    for row in found {
      for document in wanted.removeValue(forKey: table.identities[row]) ?? [] {
        places[document] = Place(source: UInt32(sources.count), row: UInt32(row))
        count += 1
      }
    }
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
    guard knowsRows else {
      return try inputs.pass(maximumDocuments: maximumDocuments).run(context, stage: stage, sinks: sinks)
    }
    var summary = BatchPass.Summary(lengths: inputs.tokens.lengths)
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
      for (document, row) in zip(taken, rows) {
        summary.losses[document] = source.table.losses[row]
        summary.add(norm: Double(source.table.norms[row]), of: document)
        summary.reusedRows += 1
        summary.reusedTokens += Int(inputs.tokens.lengths[document])
      }
    }
    let missing = places.indices.filter {
      places[$0] == nil && inputs.tokens.lengths[$0] >= BatchPlan.minimumLength
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
