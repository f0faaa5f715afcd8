import Foundation
import Testing

@testable import Engine

struct DocumentScoresTests {
  private func columns(_ scores: DocumentScores) -> [[Float]] {
    var columns: [[Float]] = []
    scores.forEachQuery { query, scores in
      #expect(query == columns.count)
      columns.append(scores)
    }
    return columns
  }

  @Test func everyQueryHasItsColumn() throws {
    let scratch = try Scratch()
    let writer = try ScoreFileWriter(in: scratch.url, rowCount: 3, queryCount: 2)
    try writer.write([1, 2, 3, 4], rows: [0, 2], queries: 0..<2)
    try writer.close()
    let scores = try DocumentScores(scratch.url)
    #expect(columns(scores) == [[1, 0, 3], [2, 0, 4]])
    #expect(scores.skipped() == 1 && scores.candidates == nil)
  }

  @Test func aDocumentHasTheSumOfItsTokensScores() throws {
    let scratch = try Scratch()
    let writer = try ScoreFileWriter(in: scratch.url, rowCount: 4, queryCount: 1, tokenOffsets: [0, 3, 3, 4])
    try writer.write([1, 2, 4, 8], rows: [0, 1, 2, 3], queries: 0..<1)
    try writer.close()
    let scores = try DocumentScores(scratch.url)
    #expect(columns(scores) == [[7, 0, 8]])
    #expect(scores.documentCount == 3 && scores.skipped() == 1)
  }

  @Test func someQueriesAreReadWithoutTheOthers() throws {
    let scratch = try Scratch()
    let writer = try ScoreFileWriter(in: scratch.url, rowCount: 4, queryCount: 3, tokenOffsets: [0, 2, 2, 4])
    try writer.write((0..<12).map(Float.init), rows: [0, 1, 2, 3], queries: 0..<3)
    try writer.close()
    let some = try DocumentScores(scratch.url).scores(ofQueries: [2, 0])
    // Rows 0 and 1, none, rows 2 and 3; of which query 2 has 2, 5, 8, 11 and query 0 has 0, 3, 6, 9.
    #expect(some.map { [$0[0], $0[2]] } == [[7, 19], [3, 15]])
    #expect(some.allSatisfy { $0[1].isNaN }, "a document without tokens has no score")
  }

  @Test func candidatesMustBeAsManyAsTheScores() throws {
    let scratch = try Scratch()
    let writer = try ScoreFileWriter(in: scratch.url, rowCount: 2, queryCount: 1)
    try writer.write([1, 2], rows: [0, 1], queries: 0..<1)
    try writer.close()
    let file = scratch.url.appendingPathComponent("candidates.npy")
    try NumPyArray<Int64>(shape: [2], values: [4, 9]).write(to: file)
    #expect(try DocumentScores(scratch.url).candidates == [4, 9])
    for wrong in [[4], [4, -9], [1, 2, 3]] as [[Int64]] {
      try FileManager.default.removeItem(at: file)
      try NumPyArray(shape: [wrong.count], values: wrong).write(to: file)
      #expect(throws: IndexFileError.self) { try DocumentScores(scratch.url) }
    }
  }
}
