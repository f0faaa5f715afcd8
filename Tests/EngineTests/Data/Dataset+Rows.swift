@testable import Engine

extension Dataset {
  /// All rows at once.
  var rows: [Record] {
    get throws {
      var rows: [Record] = []
      try scan { _, record in rows.append(record) }
      return rows
    }
  }
}

extension TokenizedDataset {
  /// All rows at once.
  var rows: [Row] {
    get throws { try (0..<count).map { try row(at: $0) } }
  }
}
