/// Documents laid end to end, without padding: a model sees one sequence of T tokens, attention and losses look at the
/// offsets.
package struct RaggedBatch: Sendable, Equatable {
  /// The label that carries no loss in a data set (torch's `ignore_index`).
  package static let ignoredLabel: Int32 = -100
  /// The target at positions that predict nothing.
  package static let noTarget: Int32 = -1

  /// [T] token ids.
  package let tokens: [Int32]
  /// [T] the label of the next position of the same document; `noTarget` at its last position and where that label is
  /// ignored.
  package let targets: [Int32]
  /// [documents + 1] document d has the positions `offsets[d]..<offsets[d + 1]`.
  package let offsets: [Int]
  /// [documents] rows of the data set, for whoever stores results.
  package let documents: [Int]
  /// [documents] what each document's loss is multiplied by; nil for 1.
  package var weights: [Float]?

  /// `labels` are aligned with `ids`, as data sets have them: not yet shifted.
  package init(_ rows: some Sequence<(document: Int, ids: [Int32], labels: [Int32])>) {
    var tokens: [Int32] = []
    var targets: [Int32] = []
    var offsets = [0]
    var documents: [Int] = []
    for (document, ids, labels) in rows {
      precondition(ids.count == labels.count, "document \(document): \(ids.count) ids, \(labels.count) labels")
      tokens.append(contentsOf: ids)
      for label in labels.dropFirst() {
        precondition(label >= 0 || label == Self.ignoredLabel, "document \(document): label \(label)")
        targets.append(label == Self.ignoredLabel ? Self.noTarget : label)
      }
      if !ids.isEmpty { targets.append(Self.noTarget) }
      offsets.append(tokens.count)
      documents.append(document)
    }
    self.tokens = tokens
    self.targets = targets
    self.offsets = offsets
    self.documents = documents
  }

  /// Number of documents.
  package var count: Int { documents.count }

  /// T.
  package var tokenCount: Int { tokens.count }

  /// The positions of the document at a place of this batch.
  package func positions(_ index: Int) -> Range<Int> {
    offsets[index]..<offsets[index + 1]
  }
}
