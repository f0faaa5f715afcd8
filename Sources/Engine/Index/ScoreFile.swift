/// Scores on disk, one row per document (or token) and one column per query, in the Python tool's format: each score
/// is followed by a flag that says whether it was written.
///
/// A score is positive where training on the document lowers the query's loss. Documents that were skipped keep score
/// 0 and an unset flag. Token scores of release 0.9.1 (`token_scores.bin`, no flags) are read as written throughout.
package import Foundation

/// Reads scores through a memory map.
package final class ScoreFile: Sendable {
  package let directory: URL
  package let storage: StorageType
  package let rowCount: Int
  package let queryCount: Int
  package let documentCount: Int
  package let hasTokenRows: Bool
  let manifest: ScoreManifest
  let file: MemoryMap

  /// - Throws: `IndexFileError` when the manifest is malformed or the data file has another size than it says;
  ///   `FileError` when a file cannot be opened.
  package init(opening directory: URL) throws {
    manifest = try ScoreManifest(contentsOf: directory.appendingPathComponent("info.json"))
    self.directory = directory
    storage = manifest.storage
    rowCount = manifest.rowCount
    queryCount = manifest.queryCount
    documentCount = manifest.documentCount
    hasTokenRows = manifest.hasTokenRows
    file = try MemoryMap(directory.appendingPathComponent(manifest.dataFile))
    guard file.bytes.count == manifest.byteCount else {
      throw IndexFileError.wrongSize(
        path: file.url.path, bytes: file.bytes.count, expected: manifest.byteCount,
        layout: "\(rowCount) rows of \(queryCount) \(storage.rawValue) scores")
    }
  }

  /// First row of every document and the end, `[documents + 1]`; nil when rows are documents.
  package func tokenOffsets() throws -> [Int]? {
    guard hasTokenRows else { return nil }
    return try TokenOffsets.read(from: directory, documentCount: documentCount, rowCount: rowCount)
  }

  /// Copies scores as Float into `[rows.count, queries.count]`.
  package func readScores(
    _ rows: Range<Int>, queries: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
    precondition(queries.lowerBound >= 0 && queries.upperBound <= queryCount, "queries \(queries) of \(queryCount)")
    guard let base = file.bytes.baseAddress else { return }
    var target = target
    for row in rows {
      let record = base + row * manifest.recordSize
      for query in queries {
        target.pointee = storage.load(record, at: query * manifest.pairSize)
        target += 1
      }
    }
  }

  /// All rows' scores for one query.
  package func scores(query: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: rowCount) { buffer, count in
      count = rowCount
      if let target = buffer.baseAddress { readScores(0..<rowCount, queries: query..<query + 1, into: target) }
    }
  }

  /// Whether this score was computed; false for skipped documents.
  package func isWritten(row: Int, query: Int) -> Bool {
    precondition(0..<rowCount ~= row && 0..<queryCount ~= query, "row or query out of range")
    guard manifest.hasFlags else { return true }
    return file.bytes[row * manifest.recordSize + query * manifest.pairSize + storage.size] != 0
  }
}
