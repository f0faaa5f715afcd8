package import Foundation

/// The rows of a data set that a split selects, in memory.
package struct Dataset: Sendable {
  /// The file or the folder.
  package let file: URL
  package let split: SplitExpression
  /// The selected rows, each with its number in the data set.
  package let rows: [Record]

  /// Reads a file, or the files of a folder that the split needs (see `DatasetFiles`). Rows are numbered through the
  /// files of a split and through the splits in the order in which the expression first names them. Where a split says
  /// how far it reaches (`train[:100]`), what follows is not looked at.
  ///
  /// - Parameter subset: one of the subsets that a folder's README.md has; nil for its default.
  package init(path: String, split: String = "train", subset: String? = nil) throws {
    let expression = try SplitExpression(split)
    let stored = try DatasetFiles(path: path, subset: subset)
    file = URL(fileURLWithPath: path)
    self.split = expression
    let sources = try stored.sources(of: expression)
    // Where another split follows, all rows are counted to number its own.
    let needed = sources.count == 1 ? expression.neededRows : nil
    var all: [Record] = []
    var starts: [String: Range<Int>] = [:]
    for source in sources {
      let start = all.count
      for file in source.files {
        var reader = try RecordFormat.reader(for: file)
        while all.count < needed ?? .max, let record = try reader.next() { all.append(record.numbered(all.count)) }
      }
      for name in source.names { starts[name] = start..<all.count }
    }
    // Bounds are never beyond `neededRows`, so files cut there give the ranges of the whole.
    let ranges = try expression.ranges { starts[$0] ?? 0..<0 }
    rows = ranges.count == 1 ? Array(all[ranges[0]]) : ranges.flatMap { all[$0] }
    guard !rows.isEmpty else {
      throw DataError.noRows(file: file.path, split: split, total: needed == nil ? all.count : nil)
    }
  }

  /// The data set that a configuration names.
  package init(_ configuration: DataConfig) throws {
    try self.init(path: configuration.dataset, split: configuration.split, subset: configuration.subset)
  }

  /// Only the rows at these positions of the split, in this order.
  package func selecting(_ positions: [Int]) -> Dataset {
    Dataset(file: file, split: split, rows: positions.map { rows[$0] })
  }

  /// Other rows that were made of these.
  func replacing(_ rows: [Record]) -> Dataset { Dataset(file: file, split: split, rows: rows) }

  private init(file: URL, split: SplitExpression, rows: [Record]) {
    self.file = file
    self.split = split
    self.rows = rows
  }

  /// SHA-256 over the columns of the selected rows in order. File name, format and row numbers do not take part: the
  /// same rows in another file have the same digest.
  package func digest() -> Digest {
    var hasher = SHA256Hasher()
    hasher.update("bergson rows 1\n")
    for record in rows {
      hasher.update(JSONValue.object(record.columns).canonicalBytes)
      hasher.update("\n")
    }
    return hasher.finalize()
  }
}
