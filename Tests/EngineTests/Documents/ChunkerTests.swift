import Testing

@testable import Engine

@Suite struct ChunkerTests {
  private func chunks(_ length: Int, _ documents: [[Int32]]) -> (chunks: [Chunker.Chunk], remainder: Int) {
    var chunker = Chunker(length: length, end: 0)
    var chunks: [Chunker.Chunk] = []
    for (number, tokens) in documents.enumerated() {
      chunker.append(tokens, of: number)
      while let chunk = chunker.next() { chunks.append(chunk) }
    }
    return (chunks, chunker.remainder)
  }

  @Test func documentsAreJoinedWithTheEndTokenAndTheTailIsDropped() {
    let (chunks, remainder) = self.chunks(3, [[1, 2], [3], [], [4, 5, 6, 7]])
    // 1 2 0 | 3 0 0 | 4 5 6 | 7 0
    #expect(
      chunks == [
        .init(ids: [1, 2, 0], documents: [0, 0, 0]), .init(ids: [3, 0, 0], documents: [1, 1, 2]),
        .init(ids: [4, 5, 6], documents: [3, 3, 3]),
      ])
    #expect(remainder == 2)
  }

  @Test(arguments: 1...9) func noTokenIsLostOrDoubledWhateverTheLength(length: Int) {
    let documents = (1...23).map { n in (0..<n * 7 % 11).map { Int32($0 + n) } }
    let stream = documents.flatMap { (tokens: [Int32]) -> [Int32] in tokens + [0] }
    let (chunks, remainder) = self.chunks(length, documents)
    #expect(chunks.flatMap(\.ids) == Array(stream.dropLast(remainder)))
    #expect(remainder < length && chunks.allSatisfy { $0.ids.count == length && $0.documents.count == length })
    #expect(chunks.flatMap(\.documents) == chunks.flatMap(\.documents).sorted())
  }
}
