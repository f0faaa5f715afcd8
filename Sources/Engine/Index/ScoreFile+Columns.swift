/// A few columns of a score file, for all of its rows: of a file that is far larger than memory, only what is asked for is
/// kept, and what was read of the file is let go of on the way.

extension ScoreFile {
  /// Bytes of the file between two releases of its pages.
  private static let block = 64 << 20

  /// The scores of all documents, [documents], for each of some queries; NaN for a document that has none. Scores of tokens
  /// are summed.
  package func documentScores(_ rows: DocumentRows, queries: [Int]) -> [[Float]] {
    precondition(queries.allSatisfy { 0..<queryCount ~= $0 }, "queries outside of the file's \(queryCount)")
    var columns = queries.map { _ in [Float](repeating: .nan, count: rows.count) }
    guard let base = file.bytes.baseAddress else { return columns }
    var released = 0
    for document in 0..<rows.count {
      let own = rows[document]
      guard let first = own.first, isWritten(row: first, query: 0) else { continue }
      for (place, query) in queries.enumerated() {
        columns[place][document] =
          own.count == 1
          ? storage.load(base + first * manifest.recordSize, at: query * manifest.pairSize)
          : Float(
            own.reduce(0.0) {
              $0 + Double(storage.load(base + $1 * manifest.recordSize, at: query * manifest.pairSize))
            })
      }
      let end = own.upperBound * manifest.recordSize
      if end - released > Self.block {
        file.release(released..<end)
        released = end
      }
    }
    file.release(released..<file.bytes.count)
    return columns
  }
}
