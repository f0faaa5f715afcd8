import Foundation
import Testing

@testable import Engine

struct ScoreSinkTests {
  /// Two queries, (1, 0) and (0, 2), against rows of two columns.
  private func scores(_ rows: [Float], _ kind: ScoreKind, unit: Bool = false) throws -> [Float] {
    let scratch = try Scratch()
    let writer = try GradientIndexWriter(
      in: scratch.url, modules: [GradientModule(name: "a", size: 2)], rowCount: 2)
    try writer.write([1, 0, 0, 2], count: 2, at: 0)
    try writer.close()
    let transform = RowTransform(preconditioner: nil, unitNormalize: unit)
    let queries = try QueryGradients(
      GradientIndex(opening: scratch.url), blocks: [GradientBlock(name: "a", columns: 0..<2)], transform: transform,
      preprocess: PreprocessConfig(), prepared: PreprocessConfig(), blockSize: nil)
    let count = rows.count / 2
    let columns = kind == .nearest ? 1 : 2
    let store = try ScoreFileWriter(in: scratch.url, rowCount: count, queryCount: columns)
    let storage = FloatStorage(rows)
    try ScoreSink(queries: queries, transform: transform, kind: kind, writer: store).consume(
      GradientBatch(
        index: 0, documents: Array((0..<count).reversed()), rows: storage.matrix(count, 2),
        arena: Arena(chunkFloats: 64)))
    try store.close()
    let file = try ScoreFile(opening: scratch.url)
    #expect((0..<count).allSatisfy { file.isWritten(row: $0, query: columns - 1) })
    // Documents came in reverse.
    return (0..<count).reversed().flatMap { row in (0..<columns).map { file.scores(query: $0)[row] } }
  }

  @Test func everyPairHasItsProduct() throws {
    #expect(try scores([3, 4, -1, 0], .individual) == [3, 8, -1, 0])
  }

  @Test func unitNormIsOfBothSides() throws {
    #expect(try scores([3, 4, 0, 0], .individual, unit: true) == [0.6, 0.8, 0, 0])
  }

  @Test func nearestIsTheLargestOfAColumn() throws {
    #expect(try scores([3, 4, -1, 0, -1, -3], .nearest) == [8, 0, -1])
  }

  @Test func nearestOfADocumentWithoutNumbersIsNone() throws {
    let own = try scores([.nan, 1, 3, 4], .nearest)
    #expect(own[0].isNaN && own[1] == 8)
  }
}
