import Testing

@testable import Engine

struct SymbolSequenceTests {
  /// What BPE is: join the best-ranked pair, the leftmost of equals, until there is none.
  private func naive(_ ids: [Int32], _ merges: [[Int32]: (rank: Int, merged: Int32)]) -> (
    ids: [Int32], lengths: [Int32]
  ) {
    var ids = ids
    var lengths = [Int32](repeating: 1, count: ids.count)
    while true {
      let candidates = ids.indices.dropLast().compactMap { index in
        merges[[ids[index], ids[index + 1]]].map { (rank: $0.rank, index: index, merged: $0.merged) }
      }
      guard let best = candidates.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else { return (ids, lengths) }
      ids[best.index] = best.merged
      lengths[best.index] += lengths[best.index + 1]
      ids.remove(at: best.index + 1)
      lengths.remove(at: best.index + 1)
    }
  }

  /// Both ways, scanning short words and a heap for long ones, on lengths around the border between them.
  @Test func mergesAsTheDefinitionDoes() {
    var random = SplitMix64(state: 3)
    for _ in 0..<40 {
      // Ids 0..<4 are letters; every merge makes a new id, as distinct strings have distinct ids.
      var merges: [[Int32]: (rank: Int, merged: Int32)] = [:]
      var table = MergeTable(capacity: 60)
      for rank in 0..<60 {
        let pair = [
          Int32.random(in: 0..<Int32(4 + rank), using: &random), .random(in: 0..<Int32(4 + rank), using: &random),
        ]
        merges[pair] = (rank, Int32(4 + rank))
        table.insert(pair[0], pair[1], rank: rank, merged: Int32(4 + rank))
      }
      for length in [0, 1, 2, 3, 7, 17, 47, 48, 49, 50, 200] {
        let letters = (0..<length).map { _ in Int32.random(in: 0..<4, using: &random) }
        var symbols = SymbolSequence()
        for letter in letters { symbols.append(letter, length: 1) }
        symbols.mergeAll(table)
        let expected = naive(letters, merges)
        #expect(symbols.ids == expected.ids && symbols.lengths == expected.lengths)
      }
    }
  }

  @Test func mergeTableKeepsTheLastMergeOfAPair() {
    var table = MergeTable(capacity: 2)
    table.insert(1, 2, rank: 0, merged: 10)
    table.insert(1, 2, rank: 1, merged: 11)
    table.withLookup { lookup in
      #expect(MergeTable.mergedID(lookup(1, 2)) == 11)
      #expect(lookup(2, 1) == MergeTable.none)
    }
  }
}
