import Foundation

/// A data set as token ids and labels, in row order.
package struct TokenizedDataset: Sendable {
  /// One document: its token ids, and for each the label that is learnt there (its own id, or -100 for none).
  package struct Row: Sendable, Equatable {
    package var ids: [Int32]
    package var labels: [Int32]

    package init(ids: [Int32], labels: [Int32]) {
      self.ids = ids
      self.labels = labels
    }
  }

  package static let noLabel: Int32 = -100

  package let rows: [Row]

  package init(rows: [Row]) {
    self.rows = rows
  }

  package var count: Int { rows.count }
  package var lengths: [Int] { rows.map(\.ids.count) }
  package var tokenCount: Int { rows.reduce(0) { $0 + $1.ids.count } }

  package func batch(_ documents: [Int]) -> RaggedBatch {
    RaggedBatch(documents.map { (document: $0, ids: rows[$0].ids, labels: rows[$0].labels) })
  }

  /// Digest of the token rows as they are used, after split, truncation and labelling: what determines gradients.
  package func digest() -> Digest {
    var hasher = SHA256Hasher()
    hasher.update("bergson token rows 1")
    for row in rows {
      var length = UInt64(row.ids.count).littleEndian
      withUnsafeBytes(of: &length) { hasher.update($0) }
      row.ids.withUnsafeBytes { hasher.update($0) }
      row.labels.withUnsafeBytes { hasher.update($0) }
    }
    return hasher.finalize()
  }
}
