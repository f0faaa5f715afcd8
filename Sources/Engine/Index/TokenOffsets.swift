/// `offsets.npy` `[documents + 1]` int64: rows `offsets[i]..<offsets[i + 1]` belong to document i.
import Foundation

package enum TokenOffsets {
  static let fileName = "offsets.npy"

  /// A row for every position that has a next token: length - 1 for each document, and none under two tokens.
  package static func offsets(ofLengths lengths: some Collection<Int32>) -> [Int] {
    var offsets = [0]
    offsets.reserveCapacity(lengths.count + 1)
    for length in lengths { offsets.append(offsets[offsets.count - 1] + max(Int(length) - 1, 0)) }
    return offsets
  }

  static func read(from directory: URL, documentCount: Int, rowCount: Int) throws -> [Int] {
    let url = directory.appendingPathComponent(fileName)
    let offsets = try NumPyArray<Int64>(contentsOf: url).values.map { Int($0) }
    func malformed(_ reason: String) -> IndexFileError { .malformed(path: url.path, reason: reason) }
    guard offsets.count == documentCount + 1 else {
      throw malformed("has \(offsets.count) offsets, expected \(documentCount + 1) (documents and the end)")
    }
    guard offsets.first == 0, offsets.last == rowCount else {
      throw malformed("runs from \(offsets[0]) to \(offsets[documentCount]), expected 0 to \(rowCount), the rows")
    }
    if let i = (0..<documentCount).first(where: { offsets[$0] > offsets[$0 + 1] }) {
      throw malformed("falls from \(offsets[i]) to \(offsets[i + 1]) at document \(i)")
    }
    return offsets
  }

  static func write(_ offsets: [Int], to directory: URL) throws {
    try NumPyArray(shape: [offsets.count], values: offsets.map { Int64($0) })
      .write(to: directory.appendingPathComponent(fileName))
  }
}
