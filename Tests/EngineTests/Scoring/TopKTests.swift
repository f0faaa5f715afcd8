import Testing

@testable import Engine

struct TopKTests {
  /// Sorts everything, rows ascending among equals.
  private func naive(_ scores: [Float], k: Int, _ order: TopK.Order) -> [TopK.Entry] {
    let entries = scores.enumerated().filter { !$0.element.isNaN }.map { TopK.Entry(row: $0.offset, score: $0.element) }
    let sorted = entries.sorted {
      if $0.score == $1.score { return $0.row < $1.row }
      return order == .largest ? $0.score > $1.score : $0.score < $1.score
    }
    return Array(sorted.prefix(k))
  }

  /// Few different values, so that ties abound; every 11th is NaN.
  private func scores(_ count: Int) -> [Float] {
    (0..<count).map { $0 % 11 == 10 ? .nan : Float(($0 * 7919) % 13) - 6 }
  }

  @Test(arguments: [0, 1, 3, 7, 17, 100, 1001], [0, 1, 2, 5, 17, 2000])
  func theSelectionIsThatOfASort(count: Int, k: Int) {
    let scores = scores(count)
    for order in [TopK.Order.largest, .smallest] {
      var top = TopK(k, order)
      scores.withUnsafeBufferPointer { top.insert($0, firstRow: 0) }
      #expect(top.entries == naive(scores, k: k, order))
      #expect(top.nanCount == scores.count(where: \.isNaN))
    }
  }

  @Test(arguments: [TopK.Order.largest, .smallest])
  func neitherTheOrderOfRowsNorOfMergingMatters(order: TopK.Order) {
    let scores = scores(500)
    var parts: [TopK] = []
    for start in stride(from: 0, to: 500, by: 77) {
      var part = TopK(9, order)
      for row in (start..<min(start + 77, 500)).reversed() { part.insert(scores[row], row: row) }
      parts.append(part)
    }
    for sequence in [parts, parts.reversed()] {
      var merged = TopK(9, order)
      for part in sequence { merged.merge(part) }
      #expect(merged.entries == naive(scores, k: 9, order))
      #expect(merged.nanCount == scores.count(where: \.isNaN))
    }
  }

  @Test func signedZerosAreTies() {
    var top = TopK(2, .largest)
    for (row, score) in [-0.0, 0.0, -0.0].enumerated() { top.insert(Float(score), row: row) }
    #expect(top.entries.map(\.row) == [0, 1])
  }

  @Test func infinitiesTakePartInTheOrder() {
    var top = TopK(2, .smallest)
    for (row, score) in [Float.infinity, Float(3), -Float.infinity].enumerated() { top.insert(score, row: row) }
    #expect(top.entries == [.init(row: 2, score: -.infinity), .init(row: 1, score: 3)])
  }

  @Test func mergingASmallerSelectionIsAMistake() async {
    await #expect(processExitsWith: .failure) {
      var top = TopK(2, .largest)
      top.merge(TopK(1, .largest))
    }
  }
}
