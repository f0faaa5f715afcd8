import Foundation
import Testing

@testable import Engine

/// Recall and the score of retraining, of made up scores, as the Python tool has them.
@Suite struct EvaluationConformanceTests {
  @Test func retrainingEqualsTheReference() throws {
    try checkRetraining(FixtureSet.gptNeoX.fixtureCase("expected_v2/lds"))
  }

  private struct Retraining: Decodable {
    let subsets: [[Int]]
    let losses: [[Double]]
    let sums: [[Double]]
    let printed: [String]

    enum CodingKeys: String, CodingKey {
      case subsets, printed
      case losses = "subset_losses"
      case sums = "score_sums"
    }
  }

  /// The tool's subsets are the rows that were left out, ours those that were kept: their sums have opposite orders. It
  /// prints four decimals; the ranks are of eight subsets, so that any other order is further away.
  func checkRetraining(_ fixture: FixtureCase) throws {
    let scores = try fixture.array("scores.npy")
    let queries = scores.shape[1]
    let file = fixture.directory.appendingPathComponent("lds.json")
    let recorded = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    for name in ["fraction_0.0", "fraction_0.3"] {
      let part = try JSONDecoder().decode(
        Retraining.self, from: JSONSerialization.data(withJSONObject: #require(recorded[name])))
      let kept = part.subsets.map { left in (0..<scores.shape[0]).filter { !left.contains($0) } }
      var text = String(
        decoding: try JSONSerialization.data(withJSONObject: ["subsets": kept, "losses": [part.losses]]),
        as: UTF8.self)
      let bank = try RetrainingBank(text.withUTF8 { try JSONParser.parse(UnsafeRawBufferPointer($0)) }, path: name)
      let lds = try DatamodelingScore(bank, rows: Array(0..<scores.shape[0]), queries: Array(0..<queries))
      for query in 0..<queries {
        let column = stride(from: query, to: scores.values.count, by: queries).map { scores.values[$0] }
        for (subset, sums) in zip(part.subsets, part.sums) {
          let sum = subset.reduce(0.0) { $0 + Double(column[$1]) }
          #expect(abs(abs(sum) - abs(sums[query])) < 1e-5, "\(name), query \(query)")
        }
        let own = try #require(lds.correlation(of: column, query: query))
        // `Query 0: Spearman 0.9524 (p=2.60e-04)  Pearson ...`
        let words = part.printed[query].split(separator: " ")
        let expected = try #require(Double(words[3]))
        #expect(abs(own - expected) < 5.1e-5, "\(name), query \(query): \(own), recorded \(expected)")
      }
    }
  }

  private struct Item: Decodable {
    let identifier: Int
    let field: String
  }

  @Test func recallEqualsTheReference() throws {
    try checkRecall(FixtureSet.gptNeoX.fixtureCase("expected_v2/recall"))
  }

  func checkRecall(_ fixture: FixtureCase) throws {
    func items(_ name: String) throws -> [Item] {
      try String(contentsOf: fixture.directory.appendingPathComponent("\(name).jsonl"), encoding: .utf8)
        .split(separator: "\n").map { try JSONDecoder().decode(Item.self, from: Data($0.utf8)) }
    }
    let (questions, statements) = (try items("questions"), try items("statements"))
    let scores = try fixture.array("scores.npy")
    #expect(scores.shape == [statements.count, questions.count])
    let metrics = try JSONDecoder().decode(
      [String: [String: Double]].self,
      from: Data(contentsOf: fixture.directory.appendingPathComponent("metrics.json")))
    for (order, name) in [(TopK.Order.largest, "True"), (.smallest, "False")] {
      let ranks = questions.enumerated().map { query, question in
        Ranking.ranks(
          of: statements.indices.filter {
            statements[$0].identifier == question.identifier && statements[$0].field == question.field
          },
          in: statements.indices.map { scores.values[$0 * questions.count + query] }, order: order)
      }
      for k in [1, 3, 10] {
        let recall = Recall(ranks: ranks, ks: [k])
        let expected = try #require(metrics["higher_is_better=\(name),k=\(k)"])
        // Sums in another order.
        #expect(try abs(recall.meanReciprocalRank.value - #require(expected["mrr"])) < 1e-15)
        #expect(try abs(recall.atK[0].anyHit.value - #require(expected["recall_at_\(k)"])) < 1e-15)
        #expect(try abs(recall.atK[0].strict.value - #require(expected["strict_recall_at_\(k)"])) < 1e-15)
      }
    }
  }
}
