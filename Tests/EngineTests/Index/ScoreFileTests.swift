import Foundation
import Testing

@testable import Engine

struct ScoreFileTests {
  @Test(arguments: ["score", "score_bf16", "score_tokens_v1", "score_tokens_v2"])
  func scoresOfThePythonToolAreRead(name: String) throws {
    let file = try ScoreFile(opening: IndexTestSupport.fixture(name))
    let expected = try NumPyArray<Float>(contentsOf: IndexTestSupport.fixture(name + "/scores.npy"))
    #expect(expected.shape == [file.rowCount, file.queryCount])
    #expect(file.allScores() == expected.values)
    #expect((0..<file.rowCount).allSatisfy { file.isWritten(row: $0, query: 3) })
    #expect(file.documentCount == 16)
    #expect(file.hasTokenRows == name.contains("tokens"))
    #expect(try file.tokenOffsets()?.last == (file.hasTokenRows ? 608 : nil))
  }

  @Test(arguments: ["score", "score_bf16", "score_tokens_v2"])
  func filesAreThoseOfThePythonToolByteForByte(name: String) throws {
    let source = IndexTestSupport.fixture(name)
    let file = try ScoreFile(opening: source)
    try IndexTestSupport.withScratch { scratch in
      let writer = try ScoreFileWriter(
        in: scratch, rowCount: file.rowCount, queryCount: file.queryCount, storage: file.storage,
        tokenOffsets: file.tokenOffsets())
      try writer.write(file.allScores(), rows: Array(0..<file.rowCount), queries: 0..<file.queryCount)
      try writer.close()
      for part in try IndexTestSupport.names(in: scratch) {
        let written = try Data(contentsOf: scratch.appendingPathComponent(part))
        #expect(try written == Data(contentsOf: source.appendingPathComponent(part)), "\(name)/\(part)")
      }
    }
  }

  @Test func theManifestOfOneColumnIsThatOfThePythonTool() throws {
    let manifest = ScoreManifest(
      storage: .float32, rowCount: 16, queryCount: 1, documentCount: 16, hasTokenRows: false)
    let expected = try String(contentsOf: IndexTestSupport.fixture("score_nearest/info.json"), encoding: .utf8)
    #expect(manifest.json.indentedText == expected)
  }

  @Test(arguments: StorageType.allCases, [1, 2, 3, 7])
  func blocksOfRowsAndQueriesComeBack(storage: StorageType, queryCount: Int) throws {
    try IndexTestSupport.withScratch { scratch in
      let rowCount = 17
      let scores = (0..<rowCount * queryCount).map { Float($0 - 50) }
      let writer = try ScoreFileWriter(in: scratch, rowCount: rowCount, queryCount: queryCount, storage: storage)
      // Two blocks of queries; rows descending in the first, so that no two are neighbours in order.
      let half = (queryCount + 1) / 2
      for (queries, rows) in [(0..<half, Array((0..<17).reversed())), (half..<queryCount, Array(0..<17))]
      where !queries.isEmpty {
        try writer.write(
          rows.flatMap { row in queries.map { scores[row * queryCount + $0] } }, rows: rows, queries: queries)
      }
      try writer.close()
      let file = try ScoreFile(opening: scratch)
      #expect(file.allScores() == scores)
      let last = queryCount - 1
      #expect(file.scores(query: last) == (0..<17).map { scores[$0 * queryCount + last] })
      // Records are padded to eight bytes.
      let pair = storage == .float32 ? 8 : 4
      let size = try Data(contentsOf: scratch.appendingPathComponent("scores.bin")).count
      #expect(size == 17 * ((queryCount * pair + 7) / 8 * 8))
    }
  }

  @Test func skippedDocumentsAreZeroAndNotWritten() throws {
    try IndexTestSupport.withScratch { scratch in
      let writer = try ScoreFileWriter(in: scratch, rowCount: 3, queryCount: 2)
      try writer.write([1, 2, 3, 4], rows: [2, 0], queries: 0..<2)
      try writer.close()
      let file = try ScoreFile(opening: scratch)
      #expect(file.allScores() == [3, 4, 0, 0, 1, 2])
      #expect((0..<3).map { file.isWritten(row: $0, query: 1) } == [true, false, true])
    }
  }

  @Test func threadsWriteDifferentRows() throws {
    @Sendable func line(_ row: Int) -> [Float] { [Float(row), Float(row) + 0.5, -Float(row)] }
    try IndexTestSupport.withScratch { scratch in
      let writer = try ScoreFileWriter(in: scratch, rowCount: 100, queryCount: 3)
      DispatchQueue.concurrentPerform(iterations: 10) { i in
        do {
          let rows = Array(stride(from: i, to: 100, by: 10))
          let block = rows.flatMap(line)
          try writer.write(block, rows: rows, queries: 0..<3)
        } catch {
          Issue.record(error)
        }
      }
      try writer.close()
      let file = try ScoreFile(opening: scratch)
      #expect(file.allScores() == (0..<100).flatMap(line))
    }
  }

  @Test func aScoreTooLargeForFloat16IsRefused() throws {
    try IndexTestSupport.withScratch { scratch in
      let writer = try ScoreFileWriter(in: scratch, rowCount: 3, queryCount: 1, storage: .float16)
      let path = scratch.appendingPathComponent("scores.bin").path
      #expect(throws: IndexFileError.doesNotFit(path: path, row: 2, value: -70000, storage: .float16)) {
        try writer.write([1, -70000], rows: [1, 2], queries: 0..<1)
      }
    }
  }

  @Test func aTruncatedFileIsRefusedWithBothSizes() throws {
    try IndexTestSupport.withScratch { scratch in
      try ScoreFileWriter(in: scratch, rowCount: 4, queryCount: 2).close()
      let data = scratch.appendingPathComponent("scores.bin")
      try Data(contentsOf: data).dropLast(16).write(to: data)
      let error = #expect(throws: IndexFileError.self) { try ScoreFile(opening: scratch) }
      #expect(error?.description.contains("has 48 bytes, expected 64 (4 rows of 2 float32 scores)") == true)
    }
  }

  @Test(arguments: [
    ("[]", "has no 'num_scores' and 'dtype'"),
    (#"{"num_items": 2, "num_scores": 0, "dtype": {}}"#, "has no 'num_scores' and 'dtype'"),
    (
      #"{"attribute_tokens": 1, "num_items": 2, "num_scores": 1, "dtype": {}}"#,
      "has neither true nor false in 'attribute_tokens'"
    ),
    (#"{"num_scores": 1, "dtype": {}}"#, "has no 'num_items'"),
    (#"{"num_items": "2", "num_scores": 1, "dtype": {}}"#, "has no count in 'num_items'"),
    (#"{"num_items": 2, "num_scores": 1, "dtype": {}}"#, "has dtype: nothing, expected float32"),
    (#"{"num_items": 2, "num_scores": 1, "dtype": {"formats": ["int8"]}}"#, "has dtype: int8, expected float32"),
    (#"{"num_items": 2, "num_scores": 1, "dtype": {"formats": ["float32"]}}"#, "that is not 1 pairs of float32"),
    (#"{"num_items": 2, "num_scores": 1, "dtype": "float32"}"#, "has no 'total_tokens'"),
    (#"{"num_items": 99999999999999, "num_scores": 1, "dtype": {}}"#, "more scores than any file has"),
  ])
  func malformedManifestsAreRefused(json: String, reason: String) throws {
    try IndexTestSupport.withScratch { scratch in
      try FileWriter.write(json, to: scratch.appendingPathComponent("info.json"))
      try Data(count: 16).write(to: scratch.appendingPathComponent("scores.bin"))
      let error = #expect(throws: IndexFileError.self) { try ScoreFile(opening: scratch) }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
    }
  }
}
