/// A table of a report. HTML and Markdown show it, CSV has a file of its name for it.
package struct ReportTable: Codable, Equatable, Sendable {
  /// Of the CSV file, as in `agreement`.
  package var name: String
  package var caption: String
  package var columns: [Column]
  package var rows: [Row]

  package struct Column: Codable, Equatable, Sendable {
    package var title: String
    package var isNumeric: Bool
  }

  package struct Row: Codable, Equatable, Sendable {
    /// What the row is about: its first column.
    package var header: String
    /// One for each column after the first.
    package var cells: [Cell]
  }

  package struct Cell: Codable, Equatable, Sendable {
    package var figure: Figure
    /// Bounds of a confidence interval, where there is one.
    package var interval: Interval?
    package var isNumeric: Bool
    /// Whether the eye should go there: the best of a column, or what differs.
    package var isMarked: Bool
  }

  package struct Interval: Codable, Equatable, Sendable {
    package var low: Figure
    package var high: Figure
  }

  /// - Parameter columns: titles; those that end in `#` have numbers, which are set to the right.
  init(_ name: String, caption: String, columns titles: [String], rows: [(String, [Cell])]) {
    self.name = name
    self.caption = caption
    columns = titles.map { title in
      Column(title: title.hasSuffix("#") ? String(title.dropLast()) : title, isNumeric: title.hasSuffix("#"))
    }
    self.rows = rows.map { header, cells in
      precondition(cells.count == titles.count - 1, "\(cells.count) cells below \(titles.count) titles of '\(name)'")
      return Row(header: header, cells: cells)
    }
  }
}

extension ReportTable.Cell {
  static func figure(_ figure: Figure, interval: ReportTable.Interval? = nil, isMarked: Bool = false) -> Self {
    Self(figure: figure, interval: interval, isNumeric: true, isMarked: isMarked)
  }

  static func words(_ text: String, isMarked: Bool = false) -> Self {
    Self(figure: Figure(words: text), interval: nil, isNumeric: false, isMarked: isMarked)
  }

  /// What a thing has with itself.
  static let diagonal: Self = .init(figure: Figure(words: "·"), interval: nil, isNumeric: true, isMarked: false)

  /// Whether nothing was measured.
  var isAbsent: Bool { self == .none }

  /// What was not measured.
  static let none = Self(figure: Figure(words: "–"), interval: nil, isNumeric: true, isMarked: false)
}
