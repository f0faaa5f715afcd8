/// A part of a report that is sentences, drawings and tables, under a heading.
package struct ReportSection: Codable, Equatable, Sendable {
  package var anchor: String
  package var heading: String
  package var sentences: [String]
  /// What to type, where the sentences speak of commands; absent else.
  package var commands: Passage?
  package var pictures: [Picture]
  package var tables: [ReportTable]
  /// How what is above was computed, or what it leaves out; absent when nothing has to be said.
  package var note: String?

  package struct Picture: Codable, Equatable, Sendable {
    package var chart: Markup
    package var caption: String
  }

  init(
    _ anchor: String, _ heading: String, sentences: [String] = [], commands: Passage? = nil, pictures: [Picture] = [],
    tables: [ReportTable] = [],
    note: String? = nil
  ) {
    self.anchor = anchor
    self.heading = heading
    self.sentences = sentences
    self.commands = commands
    self.pictures = pictures
    self.tables = tables
    self.note = note
  }
}
