/// `rows.npy` of a run: for each of its documents what its gradient is made of, and what making it has found out. By it
/// a later run knows rows that it need not make again, and what it would have said of them.
///
/// A structured NumPy array of version 1.0: `digest` (16 bytes), `loss` and `norm` (float32), 24 bytes a document.
package import Foundation

package struct RowTable: Sendable, Equatable {
  package static let fileName = "rows.npy"

  /// The first 16 bytes of a digest of all that the documents of one recipe differ in.
  package struct Identity: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(_ bytes: some Collection<UInt8>) {
      high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
      low = bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  package let identities: [Identity]
  /// Weighted; 0 for documents under two tokens.
  package let losses: [Float]
  /// Lengths of the gradients before anything was done to them; 0 for documents under two tokens.
  package let norms: [Float]

  package init(identities: [Identity], losses: [Float], norms: [Float]) {
    precondition(
      losses.count == identities.count && norms.count == identities.count, "a loss and a length for each row")
    self.identities = identities
    self.losses = losses
    self.norms = norms
  }

  package var count: Int { identities.count }

  /// The first documents alone.
  package func prefix(_ count: Int) -> RowTable {
    RowTable(
      identities: Array(identities.prefix(count)), losses: Array(losses.prefix(count)),
      norms: Array(norms.prefix(count)))
  }
}

extension RowTable {
  private static let rowSize = 24

  /// With padding, so that values start at a multiple of 64, as NumPy writes it.
  private static func header(count: Int) -> [UInt8] {
    var text =
      "{'descr': [('digest', '|V16'), ('loss', '<f4'), ('norm', '<f4')], 'fortran_order': False, 'shape': (\(count),), }"
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    let length = UInt16(text.utf8.count)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(truncatingIfNeeded: length), UInt8(length >> 8)]
      + Array(text.utf8)
  }

  /// - Throws: `FileError`.
  package func write(to directory: URL) throws {
    let writer = try FileWriter(creating: directory.appendingPathComponent(Self.fileName))
    try writer.append(Self.header(count: count))
    for row in identities.indices {
      try withUnsafeBytes(of: identities[row].high.bigEndian) { try writer.append($0) }
      try withUnsafeBytes(of: identities[row].low.bigEndian) { try writer.append($0) }
      try withUnsafeBytes(of: losses[row].bitPattern.littleEndian) { try writer.append($0) }
      try withUnsafeBytes(of: norms[row].bitPattern.littleEndian) { try writer.append($0) }
    }
    try writer.close()
  }

  /// The table of a run directory.
  ///
  /// - Throws: `IndexFileError.malformed` for anything but what `write` makes; `FileError`.
  package init(of directory: URL) throws {
    let file = try MemoryMap(directory.appendingPathComponent(Self.fileName))
    let bytes = file.bytes
    // Headers are a multiple of 64 bytes, and so is not a row: the size of the file alone leaves few counts open.
    let opening = Self.header(count: 0).count
    let sizes = [opening, opening + 64].filter { bytes.count >= $0 && (bytes.count - $0) % Self.rowSize == 0 }
    let found = sizes.first { size in
      let header = Self.header(count: (bytes.count - size) / Self.rowSize)
      return header.count == size && bytes.starts(with: header)
    }
    guard let start = found else {
      throw IndexFileError.malformed(
        path: file.url.path,
        reason: "is no table of rows, or one that was cut off; leave it away, and rows are made anew")
    }
    let count = (bytes.count - start) / Self.rowSize
    func float(_ row: Int, _ offset: Int) -> Float {
      let bits = bytes.loadUnaligned(fromByteOffset: start + row * Self.rowSize + offset, as: UInt32.self)
      return Float(bitPattern: UInt32(littleEndian: bits))
    }
    self.init(
      identities: (0..<count).map { row in
        let place = start + row * Self.rowSize
        return Identity(bytes[place..<place + 16])
      },
      losses: (0..<count).map { float($0, 16) }, norms: (0..<count).map { float($0, 20) })
  }
}

extension Documents {
  /// What tells the rows of two documents apart under one recipe: tokens, labels and the weight of the loss.
  ///
  /// - Throws: `FileError` where the disk fails.
  func identities() throws -> [RowTable.Identity] {
    try tokens.lengths.indices.map { position in
      let row = try tokens.row(at: position)
      var hasher = SHA256Hasher()
      hasher.update("bergson row 1")
      withUnsafeBytes(of: UInt64(row.ids.count).littleEndian) { hasher.update($0) }
      row.ids.withUnsafeBytes { hasher.update($0) }
      row.labels.withUnsafeBytes { hasher.update($0) }
      if let weights { withUnsafeBytes(of: weights[position].bitPattern.littleEndian) { hasher.update($0) } }
      return RowTable.Identity(hasher.finalize().bytes)
    }
  }
}
