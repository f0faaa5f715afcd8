/// Where words go: results to stdout, the story and errors to stderr.
import Foundation

struct Console: Sendable {
  enum Verbosity: Int, Comparable, Sendable {
    case quiet, normal, verbose

    static func < (first: Self, second: Self) -> Bool { first.rawValue < second.rawValue }
  }

  let verbosity: Verbosity

  /// A line of the result.
  func result(_ line: String) { Self.write(line + "\n", to: .standardOutput) }

  /// A line of the story, unless quiet.
  func story(_ line: String) { if verbosity >= .normal { Self.write(line + "\n", to: .standardError) } }

  /// A line that only `--verbose` shows.
  func detail(_ line: String) { if verbosity >= .verbose { Self.write(line + "\n", to: .standardError) } }

  /// What a user should not miss; shown even when quiet.
  func warning(_ line: String) { Self.write("warning: \(line)\n", to: .standardError) }

  /// Writes all bytes. A reader that went away (`bergson runs list | head`) is no failure of the command.
  static func write(_ text: String, to handle: FileHandle) {
    try? handle.write(contentsOf: Data(text.utf8))
  }
}

/// Rows with aligned columns, two spaces apart; numbers to the right.
struct TextTable {
  enum Alignment { case left, right }

  let columns: [(title: String, alignment: Alignment)]
  let rows: [[String]]

  init(_ columns: [(title: String, alignment: Alignment)], rows: [[String]]) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "a row has as many cells as the table has columns")
    self.columns = columns
    self.rows = rows
  }

  var lines: [String] {
    let table = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    return table.map { row in
      let cells = columns.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return columns[column].alignment == .left ? row[column] + padding : padding + row[column]
      }
      return String(cells.joined(separator: "  ").trimmingSuffix(while: { $0 == " " }))
    }
  }
}

extension BidirectionalCollection {
  fileprivate func trimmingSuffix(while predicate: (Element) -> Bool) -> SubSequence {
    var end = endIndex
    while end > startIndex, predicate(self[index(before: end)]) { formIndex(before: &end) }
    return self[..<end]
  }
}
