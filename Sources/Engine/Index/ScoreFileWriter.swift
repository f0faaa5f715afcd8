/// Writes a score store into a run's directory; see `ScoreFile` for the format.
package import Foundation

/// Blocks of rows and queries may come in any order and from any thread. Scores never written stay 0 and are marked as
/// not written. `info.json` is written by `close`, so a store that was not closed cannot be opened.
package final class ScoreFileWriter: Sendable {
  private let directory: URL
  private let manifest: ScoreManifest
  private let file: FileWriter

  /// Reserves the space for all scores, so that a disk without room for them is an error now. With token rows,
  /// `tokenOffsets` `[documents + 1]` has the first row of every document and the end.
  package init(
    in directory: URL, rowCount: Int, queryCount: Int, storage: StorageType = .float32, tokenOffsets: [Int]? = nil
  ) throws {
    precondition(rowCount >= 0 && queryCount > 0, "a store has rows and queries")
    if let tokenOffsets {
      precondition(tokenOffsets.first == 0 && tokenOffsets.last == rowCount, "offsets span the rows")
    }
    self.directory = directory
    manifest = ScoreManifest(
      storage: storage, rowCount: rowCount, queryCount: queryCount,
      documentCount: tokenOffsets.map { $0.count - 1 } ?? rowCount, hasTokenRows: tokenOffsets != nil)
    if let tokenOffsets { try TokenOffsets.write(tokenOffsets, to: directory) }
    file = try FileWriter(creating: directory.appendingPathComponent(manifest.dataFile), size: manifest.byteCount)
  }

  /// Writes scores `[rows.count, queries.count]`, row-major, and marks them as written. `rows` may be in any order.
  package func write(_ scores: UnsafePointer<Float>, rows: [Int], queries: Range<Int>) throws {
    precondition(rows.allSatisfy { 0..<manifest.rowCount ~= $0 }, "row out of 0..<\(manifest.rowCount)")
    precondition(queries.lowerBound >= 0 && queries.upperBound <= manifest.queryCount, "queries \(queries)")
    // Neighbouring rows go out in one write where the block spans all queries.
    let isWhole = queries.count == manifest.queryCount
    var start = 0
    while start < rows.count {
      var end = start + 1
      while isWhole, end < rows.count, rows[end] == rows[end - 1] + 1 { end += 1 }
      let bytes = try pack(scores + start * queries.count, rows: rows[start..<end], queryCount: queries.count)
      let offset = rows[start] * manifest.recordSize + queries.lowerBound * manifest.pairSize
      try bytes.withUnsafeBytes { try file.write($0, at: offset) }
      start = end
    }
  }

  /// Pairs of score and flag. Several rows are whole records; a single one ends with its last pair.
  private func pack(_ scores: UnsafePointer<Float>, rows: ArraySlice<Int>, queryCount: Int) throws -> [UInt8] {
    let storage = manifest.storage
    let byteCount = (rows.count - 1) * manifest.recordSize + queryCount * manifest.pairSize
    return try [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      buffer.initialize(repeating: 0)
      count = byteCount
      guard let base = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
      for (i, row) in rows.enumerated() {
        for query in 0..<queryCount {
          let score = scores + i * queryCount + query
          let pair = base + i * manifest.recordSize + query * manifest.pairSize
          guard storage.encode(score, count: 1, into: pair) == nil else {
            throw IndexFileError.doesNotFit(path: file.url.path, row: row, value: score.pointee, storage: storage)
          }
          pair.storeBytes(of: 1, toByteOffset: storage.size, as: UInt8.self)
        }
      }
    }
  }

  /// Flushes the scores, writes the manifest and opens the store once, so that what cannot be read is noticed now.
  package func close() throws {
    try file.close()
    try FileWriter.write(manifest.json.indentedText, to: directory.appendingPathComponent("info.json"))
    _ = try ScoreFile(opening: directory).tokenOffsets()
  }
}
