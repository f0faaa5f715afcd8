import Testing

@testable import Engine

struct RaggedBatchTests {
  @Test func targetsAreTheNextLabelsWithinADocument() {
    let batch = RaggedBatch([
      (document: 4, ids: [1, 2, 3], labels: [1, 2, 3]), (document: 0, ids: [7], labels: [7]),
      (document: 9, ids: [5, 6, 8], labels: [-100, -100, 8]), (document: 2, ids: [], labels: []),
    ])
    #expect(batch.tokens == [1, 2, 3, 7, 5, 6, 8])
    #expect(batch.targets == [2, 3, -1, -1, -1, 8, -1])
    #expect(batch.offsets == [0, 3, 4, 7, 7])
    #expect(batch.documents == [4, 0, 9, 2])
    #expect(batch.count == 4)
    #expect(batch.tokenCount == 7)
    #expect(batch.positions(2) == 4..<7)
  }

  @Test func anEmptyBatchHasOneOffset() {
    let batch = RaggedBatch([])
    #expect(batch.offsets == [0])
    #expect(batch.count == 0)
  }

  @Test func labelsMustFitTheirIDs() async {
    await #expect(processExitsWith: .failure) { _ = RaggedBatch([(document: 0, ids: [1, 2], labels: [1])]) }
    await #expect(processExitsWith: .failure) { _ = RaggedBatch([(document: 0, ids: [1, 2], labels: [1, -7])]) }
  }
}
