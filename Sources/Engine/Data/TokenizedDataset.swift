import Foundation

/// A data set as token ids and labels, in row order. Rows lie in a spill file; a row takes 12 bytes of memory, for its
/// place and its length, which batches are planned by.
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

  /// Token ids of each row.
  package let lengths: [Int32]
  package let tokenCount: Int
  /// Digest of the token rows as they are used, after split, truncation and labelling: what determines gradients.
  package let digest: Digest
  fileprivate let places: [Place]
  fileprivate let spill: SpillFile

  /// Where a row begins in the spill file: its ids and, where they differ, its labels.
  fileprivate struct Place: Sendable {
    private let bits: UInt64

    init(offset: Int, hasLabels: Bool) { bits = UInt64(offset) << 1 | (hasLabels ? 1 : 0) }

    var offset: Int { Int(bits >> 1) }
    var hasLabels: Bool { bits & 1 != 0 }
  }

  fileprivate init(lengths: [Int32], tokenCount: Int, digest: Digest, places: [Place], spill: SpillFile) {
    self.lengths = lengths
    self.tokenCount = tokenCount
    self.digest = digest
    self.places = places
    self.spill = spill
  }

  /// - Throws: `SpillError`.
  package init(rows: some Sequence<Row>) throws {
    var writer = TokenRowWriter()
    for row in rows { try writer.append(row) }
    self = try writer.finish()
  }

  package var count: Int { lengths.count }

  /// - Throws: `FileError` where the disk fails.
  package func row(at position: Int) throws -> Row {
    let length = Int(lengths[position])
    let place = places[position]
    let ids = try tokens(length, at: place.offset)
    guard place.hasLabels else { return Row(ids: ids, labels: ids) }
    return Row(ids: ids, labels: try tokens(length, at: place.offset + length * MemoryLayout<Int32>.stride))
  }

  private func tokens(_ count: Int, at offset: Int) throws -> [Int32] {
    var tokens = [Int32](repeating: 0, count: count)
    try tokens.withUnsafeMutableBytes { try spill.read(into: $0, at: offset) }
    return tokens
  }

  /// - Throws: `FileError` where the disk fails.
  package func batch(_ documents: [Int]) throws -> RaggedBatch {
    RaggedBatch(
      try documents.map { document in
        let row = try row(at: document)
        return (document: document, ids: row.ids, labels: row.labels)
      })
  }

  /// Only the rows at these positions, in this order.
  ///
  /// - Throws: `FileError` where the disk fails.
  package func selecting(_ positions: [Int]) throws -> TokenizedDataset {
    var hasher = TokenRowHasher()
    for position in positions { hasher.update(try row(at: position)) }
    return TokenizedDataset(
      lengths: positions.map { lengths[$0] }, tokenCount: positions.reduce(0) { $0 + Int(lengths[$1]) },
      digest: hasher.finish(), places: positions.map { places[$0] }, spill: spill)
  }
}

/// Token rows on their way into a data set.
package struct TokenRowWriter: ~Copyable {
  private var lengths: [Int32] = []
  private var places: [TokenizedDataset.Place] = []
  private var tokenCount = 0
  private var spill: SpillWriter
  private var hasher = TokenRowHasher()

  package init() { self.init(spill: SpillWriter()) }

  init(spill: SpillWriter) {
    self.spill = spill
  }

  /// Rows appended so far.
  package var count: Int { lengths.count }

  /// - Throws: `SpillError`.
  package mutating func append(_ row: TokenizedDataset.Row) throws {
    precondition(row.ids.count == row.labels.count, "\(row.ids.count) ids, \(row.labels.count) labels")
    let hasLabels = row.labels != row.ids
    places.append(TokenizedDataset.Place(offset: spill.count, hasLabels: hasLabels))
    lengths.append(Int32(row.ids.count))
    tokenCount += row.ids.count
    try row.ids.withUnsafeBytes { try spill.append($0) }
    if hasLabels { try row.labels.withUnsafeBytes { try spill.append($0) } }
    hasher.update(row)
  }

  /// - Throws: `SpillError`.
  package consuming func finish() throws -> TokenizedDataset {
    let spill = try spill.finish()
    return TokenizedDataset(
      lengths: lengths, tokenCount: tokenCount, digest: hasher.finish(), places: places, spill: spill)
  }
}

/// The digest of token rows, one after another.
private struct TokenRowHasher: ~Copyable {
  private var hasher = SHA256Hasher()

  init() {
    hasher.update("bergson token rows 1")
  }

  mutating func update(_ row: TokenizedDataset.Row) {
    withUnsafeBytes(of: UInt64(row.ids.count).littleEndian) { hasher.update($0) }
    row.ids.withUnsafeBytes { hasher.update($0) }
    row.labels.withUnsafeBytes { hasher.update($0) }
  }

  consuming func finish() -> Digest { hasher.finalize() }
}
