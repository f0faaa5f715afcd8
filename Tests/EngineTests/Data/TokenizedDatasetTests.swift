import Testing

@testable import Engine

@Suite struct TokenizedDatasetTests {
  @Test func theDigestIsOfTokensAndLabels() throws {
    func digest(_ rows: [(ids: [Int32], labels: [Int32])]) throws -> Digest {
      try TokenizedDataset(rows: rows.map { .init(ids: $0.ids, labels: $0.labels) }).digest
    }
    let plain = try digest([([1, 2], [1, 2]), ([3], [3])])
    #expect(try plain == digest([([1, 2], [1, 2]), ([3], [3])]))
    #expect(try plain != digest([([1, 2], [-100, 2]), ([3], [3])]))
    #expect(try plain != digest([([1], [1]), ([2, 3], [2, 3])]))
    #expect(try plain != digest([([3], [3]), ([1, 2], [1, 2])]))
  }

  @Test(arguments: [16, 1 << 20]) func rowsComeBackFromMemoryAndFromDisk(bufferSize: Int) throws {
    let rows = (0..<40).map { row in
      let ids = (0..<row % 7).map { Int32($0 * row) }
      return TokenizedDataset.Row(ids: ids, labels: row % 3 == 0 ? ids : ids.map { $0 % 2 == 0 ? $0 : -100 })
    }
    var writer = TokenRowWriter(spill: SpillWriter(bufferSize: bufferSize))
    for row in rows { try writer.append(row) }
    let dataset = try writer.finish()
    #expect(try dataset.rows == rows)
    #expect(dataset.lengths == rows.map { Int32($0.ids.count) })
    #expect(dataset.tokenCount == rows.reduce(0) { $0 + $1.ids.count })
    let positions = [7, 3, 3, 39]
    let selected = try dataset.selecting(positions)
    #expect(try selected.rows == positions.map { rows[$0] })
    #expect(try selected.digest == TokenizedDataset(rows: positions.map { rows[$0] }).digest)
    #expect(try dataset.selecting(Array(rows.indices)).digest == dataset.digest)
  }

  /// A digest that changes makes every stored artifact unfindable: this one was worked out in Python.
  @Test func theDigestIsOfLengthsIdsAndLabels() throws {
    let dataset = try TokenizedDataset(rows: [.init(ids: [1, 2], labels: [-100, 2]), .init(ids: [3], labels: [3])])
    #expect(dataset.digest.hex == "a47df29cc17a9136eb43f9a2269a68448e0e2e4d2c639653cb28b70d047f918c")
  }
}
