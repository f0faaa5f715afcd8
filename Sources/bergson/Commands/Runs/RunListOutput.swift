/// A list of runs as a table, as JSON and as CSV.
import Catalog
import Foundation
import Reports

/// For people: what fits the terminal.
struct RunListTable {
  let lines: [String]
  /// Columns that found no place.
  let omitted: Int

  /// - Parameter width: Characters of the terminal; nil for a table as wide as it gets.
  init(_ list: RunList, width: Int?) {
    let entries = list.entries
    var columns = [
      Column("id", entries) { $0.run.id },
      Column("state", entries) { $0.state.rawValue + ($0.run.removedAt == nil ? "" : ", removed") },
      Column("command", entries) { $0.run.command },
      Column("started", entries) { Format.time($0.run.startedAt) },
      Column("took", entries, .right) { $0.run.duration.map(Format.duration) ?? "" },
      Column("size", entries, .right) { $0.bytes == 0 ? "" : Format.bytes(Int($0.bytes)) },
      Column("name", entries) { $0.run.name ?? "" },
    ]
    if entries.contains(where: { !$0.tags.isEmpty }) {
      columns.append(Column("tags", entries) { $0.tags.joined(separator: " ") })
    }
    let path = Column("path", entries) { $0.run.path ?? "" }
    let chosen = list.columns.map { column in
      Column(column.title, entries, column.isNumeric ? .right : .left) { column.values[$0.run.id]?.words ?? "" }
    }
    let needed = (columns + [path]).reduce(0) { $0 + $1.width + 2 }
    var left = width.map { $0 - needed }
    let shown = chosen.filter { column in
      guard let room = left else { return true }
      guard column.width + 2 <= room else { return false }
      left = room - column.width - 2
      return true
    }
    omitted = chosen.count - shown.count
    columns += shown + [path]
    let rows = entries.indices.map { row in columns.map { $0.cells[row] } }
    lines = TextTable(columns.map { ($0.title, $0.alignment) }, rows: rows).lines
  }

  private struct Column {
    let title: String
    let alignment: TextTable.Alignment
    let cells: [String]

    init(
      _ title: String, _ entries: [RunList.Entry], _ alignment: TextTable.Alignment = .left,
      _ cell: (RunList.Entry) -> String
    ) {
      self.title = title
      self.alignment = alignment
      cells = entries.map(cell)
    }

    var width: Int { max(title.count, cells.map(\.count).max() ?? 0) }
  }
}

/// For programs: the row, and what is not in it.
struct RunListJSON: Encodable {
  let entry: RunList.Entry
  let fields: [String: RunValue]

  init(entry: RunList.Entry, of list: RunList) {
    self.entry = entry
    fields = Dictionary(
      uniqueKeysWithValues: list.columns.compactMap { column in
        column.values[entry.run.id].map { (column.title, $0) }
      })
  }

  private enum Key: String, CodingKey { case state, bytes, tags, fields }

  func encode(to encoder: any Encoder) throws {
    try entry.run.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(entry.state, forKey: .state)
    try container.encode(entry.bytes, forKey: .bytes)
    try container.encode(entry.tags, forKey: .tags)
    try container.encode(fields, forKey: .fields)
  }
}

/// For spreadsheets and data frames: numbers as they are, times in UTC.
struct RunListCSV {
  let text: String

  init(_ list: RunList) {
    let header = [
      "id", "name", "command", "state", "started", "finished", "took", "size", "exit_code", "tags", "note", "path",
    ]
    let rows = list.entries.map { entry in
      let run = entry.run
      let own: [String] = [
        run.id, run.name ?? "", run.command, entry.state.rawValue, run.startedAt.formatted(.iso8601),
        run.finishedAt.map { $0.formatted(.iso8601) } ?? "", run.duration.map { "\($0)" } ?? "", "\(entry.bytes)",
        run.exitCode.map { "\($0)" } ?? "", entry.tags.joined(separator: " "), run.note ?? "", run.path ?? "",
      ]
      return own + list.columns.map { $0.values[run.id]?.description ?? "" }
    }
    text = CSVText.of([header + list.columns.map(\.title)] + rows)
  }
}

extension RunList.Column {
  fileprivate var isNumeric: Bool {
    values.values.allSatisfy { value in
      if case .text = value { false } else { true }
    }
  }
}

extension RunValue {
  /// For tables.
  var words: String {
    if case .real(let value) = self { Format.count(value) } else { description }
  }
}

extension RunRecord {
  /// Seconds from its start to its end; none while it runs, and for a run that has crashed.
  var duration: Double? { finishedAt.map { ($0.timeIntervalSince(startedAt) * 1000).rounded() / 1000 } }
}
