/// Documents laid end to end, without padding: linear layers see one [T, H] matrix, attention runs per document.
package struct RaggedBatch: Sendable, Equatable {
  /// Token ids of all documents, [T].
  package let tokens: [Int32]
  /// The label that each position predicts (that of the next position of its document), -1 for none, [T].
  package let targets: [Int32]
  /// Document i occupies positions offsets[i] ..< offsets[i + 1].
  package let offsets: [Int]
  /// Row number of each document in its data set.
  package let documents: [Int]

  /// - Parameter rows: row number, ids and labels (-100 for none) of each document; ids and labels are equally long.
  package init(rows: [(document: Int, ids: [Int32], labels: [Int32])]) {
    var tokens: [Int32] = []
    var targets: [Int32] = []
    var offsets = [0]
    for row in rows {
      precondition(row.ids.count == row.labels.count, "a label for every token")
      tokens += row.ids
      targets += row.labels.dropFirst().map { $0 < 0 ? -1 : $0 }
      if !row.ids.isEmpty { targets.append(-1) }
      offsets.append(tokens.count)
    }
    self.tokens = tokens
    self.targets = targets
    self.offsets = offsets
    documents = rows.map(\.document)
  }

  package var count: Int { documents.count }
  package var tokenCount: Int { tokens.count }

  package func positions(of index: Int) -> Range<Int> { offsets[index]..<offsets[index + 1] }
}
