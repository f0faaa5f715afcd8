import CKernels

/// Which rows of an index or a score file are a document's: one, or one for each of its tokens.
package struct DocumentRows: Sendable {
  /// Documents.
  package let count: Int
  private let offsets: [Int]?

  /// A row per document.
  package init(count: Int) {
    self.count = count
    offsets = nil
  }

  /// - Parameter offsets: first row of every document and the end.
  package init(offsets: [Int]) {
    count = offsets.count - 1
    self.offsets = offsets
  }

  package subscript(document: Int) -> Range<Int> {
    guard let offsets else { return document..<document + 1 }
    return offsets[document]..<offsets[document + 1]
  }
}

extension GradientIndex {
  package func documentRows() throws -> DocumentRows {
    try tokenOffsets().map(DocumentRows.init(offsets:)) ?? DocumentRows(count: documentCount)
  }

  /// The gradients of documents, [documents, row width]: their rows, or the sums of their tokens' rows.
  package func read(_ documents: Range<Int>, of rows: DocumentRows, into target: Matrix) {
    precondition(target.rows == documents.count && target.columns == rowWidth && target.isContiguous)
    guard hasTokenRows else { return readRows(documents, into: target.base) }
    let token = FloatStorage(count: rowWidth)
    target.fill(0)
    for (i, document) in documents.enumerated() {
      for row in rows[document] {
        readRows(row..<row + 1, into: token.base)
        ck_add(token.base, target.row(i), rowWidth)
      }
    }
  }
}

extension ScoreFile {
  package func documentRows() throws -> DocumentRows {
    try tokenOffsets().map(DocumentRows.init(offsets:)) ?? DocumentRows(count: documentCount)
  }

  /// All documents in order, each with its scores, [queries]; nil for one that has none. Scores of tokens are summed:
  /// unless rows were normalised, that is the score of the document.
  package func forEachDocument(
    _ rows: DocumentRows, _ body: (_ document: Int, _ scores: UnsafeBufferPointer<Float>?) -> Void
  ) {
    var sums = [Double](repeating: 0, count: queryCount)
    var scores = [Float](repeating: 0, count: queryCount)
    for document in 0..<rows.count {
      let own = rows[document]
      // A document is scored as a whole or not at all.
      guard let first = own.first, isWritten(row: first, query: 0) else {
        body(document, nil)
        continue
      }
      scores.withUnsafeMutableBufferPointer { scores in
        guard let base = scores.baseAddress else { return }
        if own.count == 1 {
          readScores(own, queries: 0..<queryCount, into: base)
        } else {
          for i in sums.indices { sums[i] = 0 }
          for row in own {
            readScores(row..<row + 1, queries: 0..<queryCount, into: base)
            for i in sums.indices { sums[i] += Double(base[i]) }
          }
          for i in sums.indices { base[i] = Float(sums[i]) }
        }
        body(document, UnsafeBufferPointer(scores))
      }
    }
  }

  /// The scores of all documents for one query, 0 for those that have none.
  package func documentScores(_ rows: DocumentRows, query: Int) -> [Float] {
    let all = scores(query: query)
    return (0..<rows.count).map { document in
      let own = rows[document]
      return own.count == 1 ? all[own.lowerBound] : Float(own.reduce(0.0) { $0 + Double(all[$1]) })
    }
  }
}

/// A few columns of a score file, for all of its rows: of a file that is far larger than memory, only what is asked for is kept,
/// and what was read of the file is let go of on the way.
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
