package import Foundation

/// The rows of a data file that a split selects, in memory.
package struct Dataset: Sendable {
  package let file: URL
  package let split: SplitExpression
  /// The selected rows, each with its number in the file.
  package let rows: [Record]

  /// Reads a file. Where the split says how far it reaches (`train[:100]`), the rest of the file is not looked at.
  package init(path: String, split: String = "train") throws {
    let expression = try SplitExpression(split)
    file = try Self.locate(path)
    self.split = expression
    var reader = try RecordFormat.reader(for: file)
    var all: [Record] = []
    while all.count < expression.neededRows ?? .max, let record = try reader.next() { all.append(record) }
    // Bounds are never beyond `neededRows`, so a file cut there gives the ranges of the whole one.
    let ranges = try expression.ranges(count: all.count)
    rows = ranges.count == 1 ? Array(all[ranges[0]]) : ranges.flatMap { all[$0] }
    guard !rows.isEmpty else {
      let total = expression.neededRows == nil ? all.count : nil
      throw DataError.noRows(file: file.path, split: split, total: total)
    }
  }

  /// Only the rows at these positions of the split, in this order.
  package func selecting(_ positions: [Int]) -> Dataset {
    Dataset(file: file, split: split, rows: positions.map { rows[$0] })
  }

  private init(file: URL, split: SplitExpression, rows: [Record]) {
    self.file = file
    self.split = split
    self.rows = rows
  }

  private static func locate(_ path: String) throws -> URL {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard !isDirectory.boolValue else { throw DataError.directory(path: path) }
      return URL(fileURLWithPath: path)
    }
    throw isHubID(path) ? DataError.hubDataset(id: path) : DataError.noSuchFile(path: path)
  }

  /// `owner/name` as the Hugging Face hub has it, and not the path of a missing data file.
  private static func isHubID(_ path: String) -> Bool {
    let words = path.split(separator: "/", omittingEmptySubsequences: false)
    let url = URL(fileURLWithPath: path)
    let isDataFile = Compression(rawValue: url.pathExtension) != nil || RecordFormat(rawValue: url.pathExtension) != nil
    return words.count == 2 && !isDataFile
      && words.allSatisfy { word in
        word.first?.isLetter == true || word.first?.isNumber == true
          ? word.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) } : false
      }
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
