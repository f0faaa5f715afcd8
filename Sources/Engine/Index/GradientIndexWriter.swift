/// Writes a gradient index into a run's directory; see `GradientIndex` for the format.
package import Foundation

/// Rows may come in any order and from any thread. Rows never written stay zero. `info.json` is written by `close`, so
/// an index that was not closed cannot be opened.
package final class GradientIndexWriter: Sendable {
  private let directory: URL
  private let manifest: GradientManifest
  private let file: FileWriter

  /// Reserves the space for all rows, so that a disk without room for them is an error now. With token rows,
  /// `tokenOffsets` `[documents + 1]` has the first row of every document and the end.
  package init(
    in directory: URL, modules: [GradientModule], rowCount: Int, storage: StorageType = .float32,
    tokenOffsets: [Int]? = nil
  ) throws {
    precondition(modules.allSatisfy { $0.size > 0 } && rowCount >= 0, "sizes are positive")
    precondition(Set(modules.map(\.name)).count == modules.count, "a module has one block of columns")
    if let tokenOffsets {
      precondition(tokenOffsets.first == 0 && tokenOffsets.last == rowCount, "offsets span the rows")
    }
    self.directory = directory
    manifest = GradientManifest(
      modules: modules, storage: storage, rowCount: rowCount,
      documentCount: tokenOffsets.map { $0.count - 1 } ?? rowCount, hasTokenRows: tokenOffsets != nil)
    if let tokenOffsets { try TokenOffsets.write(tokenOffsets, to: directory) }
    file = try FileWriter(
      creating: directory.appendingPathComponent(manifest.dataFile), size: manifest.byteCount)
  }

  /// Writes `[count, row width]` to consecutive rows.
  package func write(_ rows: UnsafePointer<Float>, count: Int, at firstRow: Int) throws {
    precondition(firstRow >= 0 && count >= 0 && firstRow + count <= manifest.rowCount, "rows beyond the index")
    let width = manifest.rowWidth
    let storage = manifest.storage
    let offset = firstRow * width * storage.size
    if storage == .float32 {
      return try file.write(UnsafeRawBufferPointer(start: rows, count: count * width * 4), at: offset)
    }
    try withUnsafeTemporaryAllocation(byteCount: max(count * width * storage.size, 1), alignment: 16) { bytes in
      guard let base = bytes.baseAddress else { return }
      if let overflow = storage.encode(rows, count: count * width, into: base) {
        throw IndexFileError.doesNotFit(
          path: file.url.path, row: firstRow + overflow / width, value: rows[overflow], storage: storage)
      }
      try file.write(UnsafeRawBufferPointer(start: base, count: count * width * storage.size), at: offset)
    }
  }

  /// Writes `[indices.count, row width]` to the rows named; runs of neighbours go out together.
  package func write(_ rows: UnsafePointer<Float>, at indices: [Int]) throws {
    var start = 0
    while start < indices.count {
      var end = start + 1
      while end < indices.count, indices[end] == indices[end - 1] + 1 { end += 1 }
      try write(rows + start * manifest.rowWidth, count: end - start, at: indices[start])
      start = end
    }
  }

  /// Flushes the rows, writes the manifest and opens the index once, so that what cannot be read is noticed now.
  package func close() throws {
    try file.close()
    try FileWriter.write(manifest.json.indentedText, to: directory.appendingPathComponent("info.json"))
    _ = try GradientIndex(opening: directory).tokenOffsets()
  }
}
