package import Foundation

/// The rows of a data set that a split selects. They are read once, forward, and kept outside of memory
/// (`RecordStore`), so that a data set may be larger than it.
package struct Dataset: Sendable {
  /// The file or the folder.
  package let file: URL
  package let split: SplitExpression
  /// Of the hub's repository; nil for what lies on this disk.
  package let commit: String?
  private let store: RecordStore
  private let selection: RowSelection
  private let numbers: RowNumbers

  /// Reads the data set that a configuration names: the files that its split needs (see `DatasetFiles`). Rows are
  /// numbered through the files of a split and through the splits in the order in which the expression first names them.
  /// Where a split says how far it reaches (`train[:100]`), what follows is not looked at; where it needs to know how
  /// many rows there are (`train[-5:]`, `train[10%:20%]`), they are counted first.
  ///
  /// - Parameters:
  ///   - repositories: where it comes from when it is not on this disk.
  ///   - columns: the columns that are wanted; see `ColumnSelection`.
  /// - Throws: `DataError`, `SplitError`, what the format's reader throws, and `SpillError`.
  package init(
    _ configuration: DataConfig, _ repositories: any Repositories, columns: ColumnSelection = .all
  ) throws {
    let expression = try SplitExpression(configuration.split)
    let stored = try DatasetFiles.find(configuration, expression, repositories)
    file = stored.location
    commit = stored.commit
    split = expression
    var reader = SplitReader(sources: try stored.sources(of: expression), split: expression, columns: columns)
    (store, selection, numbers) = try reader.read()
    guard selection.count > 0 else {
      throw DataError.noRows(file: configuration.dataset, split: configuration.split, total: reader.total)
    }
  }

  /// A data set on this disk.
  ///
  /// - Parameter subset: one of the subsets that a folder's README.md has; nil for its default.
  package init(
    path: String, split: String = "train", subset: String? = nil, columns: ColumnSelection = .all
  ) throws {
    var configuration = DataConfig()
    configuration.dataset = path
    configuration.split = split
    configuration.subset = subset
    try self.init(configuration, LocalRepositories(), columns: columns)
  }

  private init(_ dataset: Dataset, _ selection: RowSelection) {
    file = dataset.file
    split = dataset.split
    commit = dataset.commit
    store = dataset.store
    numbers = dataset.numbers
    self.selection = selection
  }

  /// The number of rows.
  package var count: Int { selection.count }

  /// The number in the data set of the row at a position of the split.
  package func row(at position: Int) -> Int { numbers.row(of: selection[position]) }

  /// For each of `rows`, numbers of the data set, the first position of the split that has it.
  package func positions(of rows: Set<Int>) -> [Int: Int] {
    let records = rows.compactMap { numbers.record(of: $0, count: store.count) }
    return Dictionary(
      uniqueKeysWithValues: selection.firstPositions(of: Set(records)).map { (numbers.row(of: $0), $1) })
  }

  /// The row at a position of the split.
  ///
  /// - Throws: `FileError` where the disk fails.
  package func record(at position: Int) throws -> Record {
    let record = selection[position]
    return try store.read(block: store.block(of: record))[record]
  }

  /// The rows in order, one in memory at a time.
  package func scan(_ body: (_ position: Int, _ record: Record) throws -> Void) throws {
    var block: RecordBlock?
    for position in 0..<count {
      let record = selection[position]
      if block?.records.contains(record) != true { block = try store.read(block: store.block(of: record)) }
      if let block { try body(position, block[record]) }
    }
  }

  /// Turns rows into something else on several threads and hands the results to `body` on this one, in order. Some
  /// blocks of rows and their results are in memory at a time.
  ///
  /// - Throws: what `body` throws, and of what `transform` throws the error of the first row that has one;
  ///   `CancellationError` when `isCancelled` says so between blocks.
  package func scan<Result: Sendable>(
    workers: Int, isCancelled: () -> Bool = { false }, transform: @Sendable (_ record: Record) throws -> Result,
    body: (_ position: Int, _ result: Result) throws -> Void
  ) throws {
    var position = 0
    while position < count {
      if isCancelled() { throw CancellationError() }
      var pieces: [(block: Int, positions: Range<Int>)] = []
      while pieces.count < 4 * workers, position < count {
        let piece = piece(from: position)
        pieces.append(piece)
        position = piece.positions.upperBound
      }
      let results = try Parallel.map(pieces, workers: workers) { piece in
        let block = try store.read(block: piece.block)
        return try piece.positions.map { try transform(block[selection[$0]]) }
      }
      for (piece, results) in zip(pieces, results) {
        for (position, result) in zip(piece.positions, results) { try body(position, result) }
      }
    }
  }

  /// The positions from one on whose rows lie in the same block.
  private func piece(from position: Int) -> (block: Int, positions: Range<Int>) {
    let block = store.block(of: selection[position])
    let records = store.records(of: block)
    var end = position + 1
    while end < count, records.contains(selection[end]) { end += 1 }
    return (block, position..<end)
  }

  /// Only the rows at these positions of the split, in this order.
  package func selecting(_ positions: [Int]) -> Dataset {
    Dataset(self, selection.selecting(positions))
  }

  /// Only so many rows from the start.
  package func prefix(_ limit: Int) -> Dataset {
    Dataset(self, selection.prefix(limit))
  }

  /// Other rows that were made of these.
  func replacing(_ rows: RecordStore) -> Dataset { Dataset(self, rows) }

  private init(_ dataset: Dataset, _ store: RecordStore) {
    file = dataset.file
    split = dataset.split
    commit = dataset.commit
    self.store = store
    selection = RowSelection([0..<store.count])
    var numbers = RowNumbers()
    numbers.add(0, from: 0)
    self.numbers = numbers
  }
}
