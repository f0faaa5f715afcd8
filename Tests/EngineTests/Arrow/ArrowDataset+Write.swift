import Foundation

@testable import Engine

extension ArrowDataset {
  /// A data set of columns in memory.
  static func write(_ columns: [ArrowColumn], to directory: URL) throws {
    var writer = try ArrowDatasetWriter(columns.map { ArrowType.Field($0.name, $0.type) }, to: directory)
    let count = columns[0].count
    for start in stride(from: 0, to: count, by: ArrowDatasetWriter.rowsPerBatch) {
      let rows = start..<min(start + ArrowDatasetWriter.rowsPerBatch, count)
      try writer.append(columns.map { ArrowColumn($0.name, $0.values[rows]) })
    }
    try writer.finish()
  }
}

extension ArrowColumn.Values {
  subscript(rows: Range<Int>) -> ArrowColumn.Values {
    switch self {
    case .int64(let values): .int64(Array(values[rows]))
    case .float32(let values): .float32(Array(values[rows]))
    case .float64(let values): .float64(Array(values[rows]))
    case .utf8(let values): .utf8(Array(values[rows]))
    case .int64Lists(let values): .int64Lists(Array(values[rows]))
    case .json(let type, let values): .json(type, Array(values[rows]))
    }
  }
}
