import Testing

@testable import Engine

@Suite struct TokenizedDatasetTests {
  @Test func theDigestIsOfTokensAndLabels() {
    func digest(_ rows: [(ids: [Int32], labels: [Int32])]) -> Digest {
      TokenizedDataset(rows: rows.map { .init(ids: $0.ids, labels: $0.labels) }).digest()
    }
    let plain = digest([([1, 2], [1, 2]), ([3], [3])])
    #expect(plain == digest([([1, 2], [1, 2]), ([3], [3])]))
    #expect(plain != digest([([1, 2], [-100, 2]), ([3], [3])]))
    #expect(plain != digest([([1], [1]), ([2, 3], [2, 3])]))
    #expect(plain != digest([([3], [3]), ([1, 2], [1, 2])]))
  }
}
