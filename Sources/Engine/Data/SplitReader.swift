import Foundation

/// Reads the rows that a split selects into a store: each once, however often the split names it.
struct SplitReader {
  /// The files of each split that the expression names; see `DatasetFiles.sources(of:)`.
  let sources: [(names: [String], files: [URL])]
  let split: SplitExpression
  let columns: ColumnSelection
  /// The rows of all splits, where the selection took reading or counting them all.
  private(set) var total: Int? = 0

  init(sources: [(names: [String], files: [URL])], split: SplitExpression, columns: ColumnSelection) {
    self.sources = sources
    self.split = split
    self.columns = columns
  }

  /// The store, which of its records each part of the split selects, and which rows the records are.
  mutating func read() throws -> (RecordStore, RowSelection, RowNumbers) {
    var writer = RecordStoreWriter()
    var selected = [Range<Int>](repeating: 0..<0, count: split.parts.count)
    var first = 0
    var numbers = RowNumbers()
    for (place, source) in sources.enumerated() {
      let parts = split.parts.indices.filter { source.names.contains(split.parts[$0].name) }
      let count = parts.contains { split.parts[$0].needsCount } ? try Self.count(source.files) : nil
      // Without a count no bound depends on it, and files that end earlier cut the ranges.
      let wanted = try parts.map { try split.range(of: split.parts[$0], count: count ?? .max) }
      var reading = Reading(wanted, firstRow: first, firstRecord: writer.count)
      // Rows of later splits are numbered behind all of this one.
      try reading.run(source.files, columns, readsOn: place + 1 < sources.count, into: &writer)
      for (part, range) in zip(parts, wanted) { selected[part] = reading.records(of: range) }
      for (rows, record) in reading.intervals { numbers.add(rows.lowerBound + first, from: record) }
      first += reading.row
      total = total.flatMap { total in (count ?? (reading.isAtEnd ? reading.row : nil)).map { total + $0 } }
    }
    return (try writer.finish(), RowSelection(selected), numbers)
  }

  private static func count(_ files: [URL]) throws -> Int {
    try files.reduce(0) { count, file in
      // No column has to be read to count rows.
      var reader = try RecordFormat.reader(for: file, columns: ColumnSelection(required: []))
      return try count + reader.skip(.max)
    }
  }
}

/// One pass over the files of a split.
private struct Reading {
  /// Rows that are wanted, ascending and apart, each beside the place of its first record in the store.
  private(set) var intervals: [(rows: Range<Int>, record: Int)] = []
  private let firstRow: Int
  private let firstRecord: Int
  /// Rows passed.
  private(set) var row = 0
  private(set) var isAtEnd = false

  init(_ wanted: [Range<Int>], firstRow: Int, firstRecord: Int) {
    self.firstRow = firstRow
    self.firstRecord = firstRecord
    for range in wanted.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = intervals.last, range.lowerBound <= last.rows.upperBound {
        intervals[intervals.count - 1].rows = last.rows.lowerBound..<max(last.rows.upperBound, range.upperBound)
      } else {
        let record = intervals.last.map { $0.record + $0.rows.count } ?? firstRecord
        intervals.append((range, record))
      }
    }
  }

  mutating func run(
    _ files: [URL], _ columns: ColumnSelection, readsOn: Bool, into writer: inout RecordStoreWriter
  ) throws {
    var interval = 0
    for file in files {
      var reader = try RecordFormat.reader(for: file, columns: columns)
      while true {
        while interval < intervals.count, intervals[interval].rows.upperBound <= row { interval += 1 }
        guard interval < intervals.count || readsOn else { return }
        let next = interval < intervals.count ? intervals[interval].rows : Int.max..<Int.max
        if row < next.lowerBound {
          let distance = next.lowerBound - row
          let skipped = try reader.skip(distance)
          row += skipped
          if skipped < distance { break }
        } else {
          guard let record = try reader.next() else { break }
          try writer.append(columns.applied(to: record.numbered(firstRow + row)))
          row += 1
        }
      }
    }
    isAtEnd = true
  }

  /// The records of a wanted range, as far as it was there.
  func records(of range: Range<Int>) -> Range<Int> {
    let range = range.clamped(to: 0..<row)
    guard !range.isEmpty, let interval = intervals.first(where: { $0.rows.contains(range.lowerBound) }) else {
      return 0..<0
    }
    let record = interval.record + range.lowerBound - interval.rows.lowerBound
    return record..<record + range.count
  }
}

/// The numbers that records have as rows of the data set: those of a range that a split selects are consecutive.
struct RowNumbers: Sendable {
  /// Ascending by record.
  private var runs: [(record: Int, row: Int)] = []

  /// Records from `record` on are the rows from `row` on.
  mutating func add(_ row: Int, from record: Int) { runs.append((record, row)) }

  func row(of record: Int) -> Int {
    guard let run = runs.last(where: { $0.record <= record }) else { preconditionFailure("no record \(record)") }
    return run.row + record - run.record
  }

  /// The record that is a row; nil where none is.
  func record(of row: Int, count: Int) -> Int? {
    for (place, run) in runs.enumerated() {
      let end = place + 1 < runs.count ? runs[place + 1].record : count
      let record = run.record + row - run.row
      if row >= run.row, record < end { return record }
    }
    return nil
  }
}
