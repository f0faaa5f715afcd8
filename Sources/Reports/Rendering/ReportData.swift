/// Reports for programs: JSON with all that a page says, CSV with its tables.
import Foundation

/// What both kinds of report have in common.
package protocol ReportContent: Encodable {
  /// `run` or `comparison`.
  static var kind: String { get }
  /// All tables, each under a name of its own.
  var tables: [ReportTable] { get }
}

package enum ReportData {
  /// Of the JSON form; raised when a name changes its meaning or goes.
  package static let version = 1

  private struct Envelope<Content: Encodable>: Encodable {
    var bergsonReport = ReportData.version
    var kind: String
    var report: Content
  }

  /// An object with `bergsonReport`, the version of the form, `kind`, and `report`: all that the other forms say, numbers
  /// as `{"shown": ..., "value": ...}`.
  package static func json<Content: ReportContent>(_ content: Content) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Envelope(kind: Content.kind, report: content)), as: UTF8.self) + "\n"
  }

  /// Files by name, one for each table, with a line of titles; numbers have all of their digits.
  package static func csv(_ content: some ReportContent) -> [(name: String, text: String)] {
    content.tables.map { ("\($0.name).csv", CSVText.of(records($0)) + "\r\n") }
  }

  /// A column with intervals is followed by two with their bounds.
  private static func records(_ table: ReportTable) -> [[String]] {
    let hasInterval = table.columns.indices.map { column in
      column > 0 && table.rows.contains { $0.cells[column - 1].interval != nil }
    }
    let titles = zip(table.columns, hasInterval).flatMap { column, hasInterval in
      [column.title] + (hasInterval ? ["\(column.title) low", "\(column.title) high"] : [])
    }
    let rows = table.rows.map { row in
      [row.header]
        + zip(row.cells, hasInterval.dropFirst()).flatMap { cell, hasInterval in
          let bounds = hasInterval ? [cell.interval?.low, cell.interval?.high].map { $0.map(field) ?? "" } : []
          return [cell.isAbsent ? "" : field(cell.figure)] + bounds
        }
    }
    return [titles] + rows
  }

  private static func field(_ figure: Figure) -> String { figure.digits ?? figure.shown }
}

extension ComparisonDocument: ReportContent {
  package static let kind = "comparison"

  package var tables: [ReportTable] {
    [runs] + differences.tables + (agreement?.tables ?? []) + cost.tables + (movers.map { [$0.table] } ?? [])
  }
}

extension ComparisonDocument.Movers {
  fileprivate var table: ReportTable {
    ReportTable(
      "movers", caption: heading,
      columns: [
        "runs", "query", "row#", "digest", "first rank#", "first score#", "second rank#", "second score#", "text",
      ],
      rows: moves.map { move in
        let places = move.places.flatMap { [ReportTable.Cell.figure($0.rank), .figure($0.score)] }
        return (
          move.pair,
          [.words(move.query), .figure(move.row), .words(move.fullDigest ?? "")] + places + [
            .words(move.text?.passage.text ?? "")
          ]
        )
      })
  }
}

extension ReportDocument: ReportContent {
  package static let kind = "run"

  package var tables: [ReportTable] {
    [evaluation?.table, distribution?.table, queries?.table, provenance.table, provenance.artifacts?.table]
      .compactMap(\.self)
  }
}

extension ReportDocument.Evaluation {
  fileprivate var table: ReportTable {
    ReportTable(
      "evaluation", caption: heading, columns: ["method"] + columns.map { $0 + "#" },
      rows: methods.map { method in
        (
          method.name,
          method.cells.map { cell in cell.value.map { .figure($0, interval: cell.interval) } ?? .none }
        )
      })
  }
}

extension ReportDocument.Distribution {
  fileprivate var table: ReportTable {
    ReportTable(
      "distribution", caption: heading, columns: ["from", "to#", "scores#"],
      rows: bins.map { bin in (bin.from.digits ?? bin.from.shown, [.figure(bin.to), .figure(bin.count)]) })
  }
}

extension ReportDocument.Queries {
  fileprivate var table: ReportTable {
    let sides = queries.flatMap { query in
      [("highest", query.strongest), ("lowest", query.weakest)].flatMap { side, ranking in
        (ranking?.hits ?? []).map { (query, side, $0) }
      }
    }
    return ReportTable(
      "documents", caption: heading, columns: ["query", "order", "rank#", "score#", "row#", "digest", "text"],
      rows: sides.map { query, side, hit in
        (
          query.heading,
          [
            .words(side), .figure(hit.rank), .figure(hit.score), .figure(hit.row), .words(hit.digest ?? ""),
            .words(hit.text?.passage.text ?? ""),
          ]
        )
      })
  }
}

extension ReportDocument.Provenance {
  fileprivate var table: ReportTable {
    ReportTable(
      "facts", caption: heading, columns: ["group", "fact", "value"],
      rows: groups.flatMap { group in
        group.facts.map { fact in (group.heading, [.words(fact.label), .figure(fact.value)]) }
      })
  }
}

extension ReportDocument.Provenance.Artifacts {
  fileprivate var table: ReportTable {
    ReportTable(
      "artifacts", caption: heading, columns: ["kind", "role", "path", "size#", "digest"],
      rows: rows.map { row in
        (row.kind, [.words(row.role), .words(row.path), .figure(row.size), .words(row.digest)])
      })
  }
}
