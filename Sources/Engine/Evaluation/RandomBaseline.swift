/// What a random ranking reaches, in closed form: the expectation over all N! orders, so no seed and no noise.

/// Expected recall at k and reciprocal rank of a uniformly random order of `rowCount` rows.
package struct RandomBaseline: Equatable, Sendable {
  package struct AtK: Equatable, Sendable {
    package let k: Int
    package let anyHit: Double
    package let strict: Double
  }

  package let meanReciprocalRank: Double
  package let atK: [AtK]

  /// `supportingCounts` has each query's number of supporting rows G. Queries without any are left out, as in `Recall`;
  /// where that leaves none, all is NaN.
  ///
  /// With miss(k) = Π over i < k of (N - G - i) / (N - i), the chance that the first k rows have no supporting one:
  /// any hit = 1 - miss(k); strict = k / N; reciprocal rank = Σ over r of miss(r - 1) · G / (N - r + 1) / r.
  package init(supportingCounts: [Int], rowCount: Int, ks: [Int]) {
    precondition(supportingCounts.allSatisfy { 0...rowCount ~= $0 }, "more supporting rows than rows")
    // Queries with equally many supporting rows have equal chances.
    let groups = Dictionary(grouping: supportingCounts.filter { $0 > 0 }) { $0 }.mapValues { Double($0.count) }
    let queryCount = groups.values.reduce(0, +)
    var reciprocalRank = 0.0
    var hits = [Double](repeating: 0, count: ks.count)
    for (supporting, queries) in groups.sorted(by: { $0.key < $1.key }) {
      var miss = 1.0
      for rank in 1...rowCount {
        let remaining = Double(rowCount - rank + 1)
        reciprocalRank += queries * miss * Double(supporting) / remaining / Double(rank)
        miss *= (remaining - Double(supporting)) / remaining
        for (i, k) in ks.enumerated() where k == rank { hits[i] += queries * (1 - miss) }
        if miss <= 0 {
          // Every later cut has a hit for certain.
          for (i, k) in ks.enumerated() where k > rank { hits[i] += queries }
          break
        }
      }
    }
    meanReciprocalRank = reciprocalRank / queryCount
    atK = zip(ks, hits).map { k, hit in
      let strict = queryCount > 0 ? Double(min(k, rowCount)) / Double(rowCount) : .nan
      return AtK(k: k, anyHit: hit / queryCount, strict: strict)
    }
  }
}
