/// A gradient index on disk: one row per document, or per token, and one block of columns per module.
///
/// The format is the Python tool's. `gradients.bin` is row-major little-endian `[rows, sum of grad_sizes]`; `info.json`
/// names the modules in column order. Releases up to 0.9.1 describe the rows as a NumPy record (`dtype`) and keep
/// token rows in `token_gradients.bin`; both are read. With token rows `offsets.npy` `[documents + 1]` says that rows
/// `offsets[i]..<offsets[i + 1]` are those of document i.
package import Foundation

/// A block of columns: the (projected) gradient of one linear module.
package struct GradientModule: Hashable, Sendable {
  package let name: String
  /// Columns.
  package let size: Int

  package init(name: String, size: Int) {
    self.name = name
    self.size = size
  }
}

/// Reads rows of an index through a memory map; opening reads only the manifest.
package final class GradientIndex: Sendable {
  package let directory: URL
  package let storage: StorageType
  /// In column order.
  package let modules: [GradientModule]
  package let rowCount: Int
  /// Columns of a row: the sum of the modules' sizes.
  package let rowWidth: Int
  package let documentCount: Int
  package let hasTokenRows: Bool
  private let file: MemoryMap
  /// The file that holds the rows.
  package var dataURL: URL { file.url }

  /// - Throws: `IndexFileError` when the manifest is malformed or the data file has another size than it says;
  ///   `FileError` when a file cannot be opened.
  package init(opening directory: URL) throws {
    let manifest = try GradientManifest(contentsOf: directory.appendingPathComponent("info.json"))
    self.directory = directory
    storage = manifest.storage
    modules = manifest.modules
    rowCount = manifest.rowCount
    rowWidth = manifest.rowWidth
    documentCount = manifest.documentCount
    hasTokenRows = manifest.hasTokenRows
    file = try MemoryMap(directory.appendingPathComponent(manifest.dataFile))
    guard file.bytes.count == manifest.byteCount else {
      throw IndexFileError.wrongSize(
        path: file.url.path, bytes: file.bytes.count, expected: manifest.byteCount,
        layout: "\(rowCount) rows of \(rowWidth) \(storage.rawValue)")
    }
  }

  /// First row of every document and the end, `[documents + 1]`; nil when rows are documents.
  package func tokenOffsets() throws -> [Int]? {
    guard hasTokenRows else { return nil }
    return try TokenOffsets.read(from: directory, documentCount: documentCount, rowCount: rowCount)
  }

  /// Columns of the named modules, in column order, neighbours joined. Names given twice count once.
  package func columns(of names: [String]) throws -> [Range<Int>] {
    let missing = names.filter { name in !modules.contains { $0.name == name } }
    guard missing.isEmpty else {
      throw IndexFileError.unknownModules(path: directory.path, missing: missing, known: modules.map(\.name))
    }
    let wanted = Set(names)
    var ranges: [Range<Int>] = []
    var start = 0
    for module in modules {
      let end = start + module.size
      if wanted.contains(module.name) {
        if let last = ranges.last, last.upperBound == start {
          ranges[ranges.count - 1] = last.lowerBound..<end
        } else {
          ranges.append(start..<end)
        }
      }
      start = end
    }
    return ranges
  }

  /// Copies consecutive rows as Float into `[rows.count, width]`, width being the number of columns asked for:
  /// `columns` as `columns(of:)` gives them, or nil for all.
  package func readRows(
    _ rows: Range<Int>, columns: [Range<Int>]? = nil, into target: UnsafeMutablePointer<Float>
  ) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
    if columns == nil, let base = file.bytes.baseAddress {
      let start = base + rows.lowerBound * rowWidth * storage.size
      storage.decode(start, count: rows.count * rowWidth, into: target)
    } else {
      read(rows, columns: columns, into: target)
    }
  }

  /// Copies the rows named, in that order; see `readRows(_:columns:into:)`.
  package func readRows(
    at indices: [Int], columns: [Range<Int>]? = nil, into target: UnsafeMutablePointer<Float>
  ) {
    precondition(indices.allSatisfy { 0..<rowCount ~= $0 }, "row out of 0..<\(rowCount)")
    read(indices, columns: columns, into: target)
  }

  private func read(
    _ rows: some Sequence<Int>, columns: [Range<Int>]?, into target: UnsafeMutablePointer<Float>
  ) {
    guard let base = file.bytes.baseAddress else { return }
    let columns = columns ?? [0..<rowWidth]
    var target = target
    for row in rows {
      for range in columns {
        storage.decode(
          base + (row * rowWidth + range.lowerBound) * storage.size, count: range.count, into: target)
        target += range.count
      }
    }
  }
}
