package import Foundation

/// The scores of a run, one for each document and query, as an evaluation wants them: a column at a time, and for token
/// scores summed over a document's tokens, as its gradient is the sum of theirs.
package struct DocumentScores: Sendable {
  package let documentCount: Int
  package let queryCount: Int
  private let file: ScoreFile
  private let rows: DocumentRows
  /// Places, among the documents of the data, of those that were scored; nil for all.
  package let candidates: [Int]?

  /// Bytes of scores that are in memory at a time.
  private static let memory = 64 << 20

  /// - Throws: `IndexFileError` and `FileError`.
  package init(_ directory: URL) throws {
    file = try ScoreFile(opening: directory)
    rows = try file.documentRows()
    documentCount = file.documentCount
    queryCount = file.queryCount
    let url = directory.appendingPathComponent(Candidates.fileName)
    guard FileManager.default.fileExists(atPath: url.path) else {
      candidates = nil
      return
    }
    let stored = try NumPyArray<Int64>(contentsOf: url)
    guard stored.shape == [documentCount], stored.values.allSatisfy({ $0 >= 0 }) else {
      throw IndexFileError.malformed(
        path: url.path, reason: "does not list the rows of \(documentCount) scored documents")
    }
    candidates = stored.values.map(Int.init)
  }

  /// Documents that have no score, since they have no gradient.
  func skipped() -> Int {
    (0..<documentCount).count { document in
      !rows[document].contains { file.isWritten(row: $0, query: 0) }
    }
  }

  /// The scores of all documents, [documents], for each of some queries; NaN for a document that has none.
  package func scores(ofQueries queries: [Int]) -> [[Float]] {
    file.documentScores(rows, queries: queries)
  }

  /// Calls `body` with the scores of every document for each query in turn. The file is read in blocks of columns: for
  /// one at a time every page of it would be read again.
  func forEachQuery(_ body: (_ query: Int, _ scores: [Float]) throws -> Void) rethrows {
    let block = min(queryCount, max(1, Self.memory / max(1, file.rowCount * MemoryLayout<Float>.stride)))
    for start in stride(from: 0, to: queryCount, by: block) {
      let queries = start..<min(start + block, queryCount)
      let scores = [Float](unsafeUninitializedCapacity: file.rowCount * queries.count) { buffer, count in
        count = file.rowCount * queries.count
        if let target = buffer.baseAddress { file.readScores(0..<file.rowCount, queries: queries, into: target) }
      }
      for query in queries {
        try body(query, documents { scores[$0 * queries.count + query - start] })
      }
    }
  }

  private func documents(_ score: (_ row: Int) -> Float) -> [Float] {
    (0..<documentCount).map { document in
      let own = rows[document]
      return own.count == 1 ? score(own.lowerBound) : Float(own.reduce(0.0) { $0 + Double(score($1)) })
    }
  }
}
