import Foundation

/// Recall of several ways of ranking the same documents for the same queries, in the words of the catalog.
struct RecallEvaluation {
  static let cutoffs = [1, 5, 10, 20]

  /// For each query the positions of the documents that ought to be found.
  let supporting: [[Int]]
  let documentCount: Int

  /// A method whose ranks of the supporting documents are known, for each query as `Ranking.ranks` gives them.
  func evaluations(_ method: String, ranks: [[Int]]) -> [AttributionSummary.Evaluation] {
    let recall = Recall(ranks: ranks, ks: Self.cutoffs)
    func evaluation(_ metric: String, _ k: Int?, _ estimate: Estimate) -> AttributionSummary.Evaluation {
      AttributionSummary.Evaluation(
        method: method, metric: metric, k: k, value: estimate.value, interval: estimate.low...estimate.high,
        queries: recall.queryCount)
    }
    return recall.atK.map { evaluation("recall", $0.k, $0.anyHit) }
      + recall.atK.map { evaluation("found", $0.k, $0.strict) }
      + [evaluation("meanReciprocalRank", nil, recall.meanReciprocalRank)]
  }

  /// A method that has an order of all documents, whatever is asked.
  func evaluations(_ method: String, scores: [Float]) -> [AttributionSummary.Evaluation] {
    evaluations(method, ranks: supporting.map { Ranking.ranks(of: $0, in: scores) })
  }

  /// Text search for the queries' own words.
  func textSearch(
    workers: Int, document: @Sendable (_ position: Int) throws -> String,
    query: @Sendable (_ position: Int) throws -> String
  ) throws -> [AttributionSummary.Evaluation] {
    let search = try BM25 { add in
      for position in 0..<documentCount { add(try document(position)) }
    }
    return evaluations(
      "bm25",
      ranks: try Parallel.map(Array(supporting.indices), workers: workers) {
        Ranking.ranks(of: supporting[$0], in: search.scores(try query($0)))
      })
  }

  /// A random order has an expectation and no interval.
  func random() -> [AttributionSummary.Evaluation] {
    let counts = supporting.map { Set($0).count }
    let random = RandomBaseline(supportingCounts: counts, rowCount: documentCount, ks: Self.cutoffs)
    func evaluation(_ metric: String, _ k: Int?, _ value: Double) -> AttributionSummary.Evaluation {
      AttributionSummary.Evaluation(
        method: "random", metric: metric, k: k, value: value, interval: nil, queries: counts.count { $0 > 0 })
    }
    return random.atK.map { evaluation("recall", $0.k, $0.anyHit) }
      + random.atK.map { evaluation("found", $0.k, $0.strict) }
      + [evaluation("meanReciprocalRank", nil, random.meanReciprocalRank)]
  }
}
