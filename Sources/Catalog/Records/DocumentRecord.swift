import GRDB

/// A row of `document`: the beginning of a training document that a report shows.
package struct DocumentRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "document"

  package var runID: String
  /// Row in the data set.
  package var row: Int
  /// The first characters, or all of them.
  package var text: String
  /// SHA-256 of the whole text's UTF-8, hexadecimal.
  package var digest: String
  /// Unicode scalars of the whole text, as `length()` of SQLite counts.
  package var characterCount: Int

  /// Keeps at most `excerptLimit` Unicode scalars of a document; `digest` is the SHA-256 of all of `fullText`.
  package init(runID: String, row: Int, fullText: String, digest: String, excerptLimit: Int) {
    self.runID = runID
    self.row = row
    self.text = Excerpt.beginning(of: fullText, limit: excerptLimit)
    self.digest = digest
    self.characterCount = fullText.unicodeScalars.count
  }

  /// Whether `text` is only the beginning.
  package var isExcerpt: Bool { text.unicodeScalars.count < characterCount }
}
