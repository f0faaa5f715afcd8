/// What a comparison says, before it has a form; as `ReportDocument` is for one run.
package struct ComparisonDocument: Codable, Equatable, Sendable {
  package var title: String
  package var subtitle: String
  package var contents: [ReportDocument.ContentsEntry]
  /// The comparison in words.
  package var sentences: [String]
  package var runs: ReportTable
  /// Warnings of the runs, and why some cannot be compared; absent where there are none.
  package var warnings: ReportDocument.Warnings?
  package var differences: ReportSection
  package var agreement: ReportSection?
  package var scatter: ReportSection?
  package var movers: Movers?
  package var cost: ReportSection
  package var provenance: [Origin]

  /// Documents that one run puts among its first and another does not.
  package struct Movers: Codable, Equatable, Sendable {
    package var anchor: String
    package var heading: String
    package var sentences: [String]
    package var moves: [Move]
  }

  package struct Move: Codable, Equatable, Sendable {
    /// As in `A and B`.
    package var pair: String
    package var query: String
    /// What it is ranked for, the beginning of it.
    package var queryText: String
    package var row: Figure
    package var digest: String?
    /// Of the whole text, hexadecimal.
    package var fullDigest: String?
    package var runID: String
    package var places: [Place]
    /// Absent when no run has published the document.
    package var text: ReportDocument.Text?
  }

  package struct Place: Codable, Equatable, Sendable {
    package var letter: String
    package var rank: Figure
    package var score: Figure
  }

  /// Where a run came from.
  package struct Origin: Codable, Equatable, Sendable {
    package var heading: String
    package var facts: [ReportDocument.Fact]
    package var commandLine: Passage
    package var rerun: Passage
  }
}
