/// Blocks of an index read into the caller's memory, past the page tables: a map that is walked again and again keeps
/// every page that it has touched resident, and a process that is to stay small must not have gigabytes of them.
import Foundation

package final class IndexStream: Sendable {
  private let index: GradientIndex
  private let descriptor: FileDescriptor

  package init(_ index: GradientIndex) throws {
    self.index = index
    descriptor = try FileDescriptor(reading: index.dataURL)
  }

  /// Reads columns of consecutive rows into `target` [rows.count, columns.count].
  ///
  /// - Throws: `FileError`, also for a file that has become shorter.
  package func read(_ rows: Range<Int>, columns: Range<Int>, into target: Matrix) throws {
    precondition(target.rows == rows.count && target.columns == columns.count)
    precondition(rows.upperBound <= index.rowCount && columns.upperBound <= index.rowWidth)
    let size = index.storage.size
    var narrow = [UInt8](repeating: 0, count: index.storage == .float32 ? 0 : columns.count * size)
    for (i, row) in rows.enumerated() {
      let offset = (row * index.rowWidth + columns.lowerBound) * size
      if index.storage == .float32 {
        try descriptor.read(
          into: UnsafeMutableRawBufferPointer(start: target.row(i), count: columns.count * 4), at: offset)
      } else {
        try narrow.withUnsafeMutableBytes { bytes in
          try descriptor.read(into: bytes, at: offset)
          guard let base = bytes.baseAddress else { return }
          index.storage.decode(base, count: columns.count, into: target.row(i))
        }
      }
    }
  }
}
