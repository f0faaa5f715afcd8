import Foundation
import Testing

@testable import Engine

struct CandidatesTests {
  /// Scores of two queries; row 4 was never scored.
  private func scores(in directory: URL) throws {
    let writer = try ScoreFileWriter(in: directory, rowCount: 5, queryCount: 2)
    let values: [[Float]] = [[3, -1], [1, -2], [-4, 5], [.nan, -3]]
    for (row, values) in values.enumerated() {
      try writer.write(values, rows: [row], queries: 0..<2)
    }
    try writer.close()
  }

  private func rows(documents: Int = 5, _ change: (inout CandidatesConfig) -> Void) throws -> [Int]? {
    let scratch = try Scratch()
    try scores(in: scratch.url)
    var configuration = CandidatesConfig()
    configuration.scores = scratch.url.path
    change(&configuration)
    return try Candidates.rows(configuration, documentCount: documents)
  }

  @Test func withoutScoresEveryDocumentIsACandidate() throws {
    #expect(try Candidates.rows(CandidatesConfig(), documentCount: 5) == nil)
  }

  @Test func theBestOfEveryQueryAreUnited() throws {
    #expect(try rows { $0.topK = 1 } == [0, 2])
    #expect(try rows { $0.topK = 2 } == [0, 1, 2])
  }

  @Test func opponentsAreTheWeakest() throws {
    #expect(
      try rows {
        $0.topK = 1
        $0.direction = .opponents
      } == [2, 3])
  }

  @Test func documentsWithoutAScoreAreNeverCandidates() throws {
    // Its stored 0 is not better than -1.
    #expect(try rows { $0.topK = 5 } == [0, 1, 2, 3])
  }

  @Test func aFractionIsOfAllDocumentsAndAtLeastOne() throws {
    #expect(try rows { $0.fraction = 0.2 } == [0, 2])
    #expect(try rows { $0.fraction = 0.01 } == [0, 2])
    #expect(try rows { $0.fraction = 0.4 } == [0, 1, 2])
  }

  @Test func documentsOfTokenScoresAreRankedByTheirSums() throws {
    let scratch = try Scratch()
    // Three documents of two, no and three tokens; sums 1 and 3.
    let writer = try ScoreFileWriter(in: scratch.url, rowCount: 5, queryCount: 1, tokenOffsets: [0, 2, 2, 5])
    try writer.write([5, -4, 1, 1, 1], rows: Array(0..<5), queries: 0..<1)
    try writer.close()
    var configuration = CandidatesConfig()
    configuration.scores = scratch.url.path
    configuration.topK = 1
    #expect(try Candidates.rows(configuration, documentCount: 3) == [2])
    configuration.topK = 3
    #expect(try Candidates.rows(configuration, documentCount: 3) == [0, 2])
    #expect(throws: CandidatesError.otherData(path: scratch.url.path, rows: 3, expected: 5)) {
      try Candidates.rows(configuration, documentCount: 5)
    }
  }

  @Test func scoresOfOtherDataAreRefused() throws {
    let error = try #require(throws: CandidatesError.self) { try rows(documents: 6) { $0.topK = 1 } }
    #expect("\(error)".contains("of 5 documents, this run's data has 6"))
  }
}
