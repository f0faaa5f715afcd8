/// Where words go: results to stdout, the story and errors to stderr.
import Foundation

struct Console: Sendable {
  enum Verbosity: Int, Comparable, Sendable {
    case quiet, normal, verbose

    static func < (first: Self, second: Self) -> Bool { first.rawValue < second.rawValue }
  }

  let verbosity: Verbosity

  /// A line of the result.
  ///
  /// - Throws: `ConsoleError` when it cannot be written, as on a full disk: a result that is lost is a failed command.
  func result(_ line: String) throws { try Self.write(line + "\n", to: STDOUT_FILENO) }

  /// A line of the story, unless quiet.
  func story(_ line: String) { if verbosity >= .normal { Self.tell(line + "\n") } }

  /// A line that only `--verbose` shows.
  func detail(_ line: String) { if verbosity >= .verbose { Self.tell(line + "\n") } }

  /// What a user should not miss; shown even when quiet.
  func warning(_ line: String) { Self.tell("warning: \(line)\n") }

  /// Writes to stderr. When that fails there is nowhere left to say so, and the command's result does not depend on it.
  static func tell(_ text: String) { try? write(text, to: STDERR_FILENO) }

  /// Writes all of a text.
  static func write(_ text: String, to descriptor: Int32) throws {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR {
        throw ConsoleError.cannotWrite(reason: String(cString: strerror(errno)))
      }
    }
  }
}

enum ConsoleError: Error, Equatable, CustomStringConvertible {
  case cannotWrite(reason: String)

  var description: String {
    switch self {
    case .cannotWrite(let reason): "cannot write the result: \(reason)"
    }
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
