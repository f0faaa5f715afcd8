import Foundation
import Testing

@testable import Engine

@Suite struct QueryConformanceTests {
  var set = FixtureSet.gptNeoX

  /// The texts of the cases.
  static let texts = ["What is the capital of France?", "The gradient of the loss"]

  private struct Expected: Decodable {
    var unitNorm: Bool
    var hessianPath: String?
    var query: Int
    var reverse: Bool
    var indices: [Int]
    var scores: [Float]

    enum CodingKeys: String, CodingKey {
      case unitNorm = "unit_norm"
      case hessianPath = "hessian_path"
      case query, reverse, indices, scores
    }
  }

  /// A session over the reference's own index.
  private func session(unitNorm: Bool, hessian: String?, topK: Int) throws -> QuerySession {
    let fixture = try set.fixtureCase("expected_v2/build_p_small")
    var configuration = QueryConfig()
    configuration.index = fixture.directory.path
    configuration.unitNorm = unitNorm
    configuration.topK = topK
    configuration.preconditionerPath = hessian.map { set.path("expected_v2/\($0)") }
    return try QuerySession(
      configuration, collection: fixture.indexConfiguration(run: URL(fileURLWithPath: "/")),
      stored: PreprocessConfig())
  }

  /// The reference's attributor divides by norm + epsilon and inverts in float32; scores agree to its rounding there,
  /// 1e-4 of the largest score of the answer with a Hessian and 1e-5 without.
  private func tolerance(_ hessian: String?) -> Float { hessian == nil ? 1e-5 : 1e-4 }

  @Test func answersEqualTheAttributor() throws {
    let fixture = try set.fixtureCase("expected_v2/attributor")
    let expected = try JSONDecoder().decode(
      [Expected].self, from: Data(contentsOf: fixture.directory.appendingPathComponent("attributor.json")))
    #expect(expected.count == 16)
    let tokenizer = try Tokenizer(directory: URL(fileURLWithPath: set.path("model")))
    let texts = try Dataset(path: set.path("query.jsonl"))
    for answer in expected {
      let session = try session(unitNorm: answer.unitNorm, hessian: answer.hessianPath, topK: 5)
      let text = try texts.record(at: answer.query).string("text", flag: "--prompt_column")
      let own = try session.ask(text)
      let hits = answer.reverse ? own.bottom : own.top
      // The attributor finds documents without a gradient too, which here are no hits.
      let found = zip(answer.indices, answer.scores).filter { $1 != 0 }
      #expect(hits.map(\.row).prefix(found.count) == found.map(\.0)[...], "\(answer)")
      // The attributor was given the gradient of the summed loss: without unit norm that is a factor.
      let factor = answer.unitNorm ? 1 : Float(try tokenizer.encode(text).ids.count - 1)
      let largest = answer.scores.map(abs).max() ?? 1
      for (hit, (_, score)) in zip(hits, found) {
        #expect(abs(hit.score * factor - score) <= tolerance(answer.hessianPath) * largest, "\(answer): \(hit)")
      }
    }
  }

  @Test func answersEqualTheQueryCommandsRecord() throws {
    let fixture = try set.fixtureCase("expected_v2/query_command")
    let session = try session(unitNorm: true, hessian: "hessian_autocorrelation", topK: 3)
    let recorded = try Dataset(path: fixture.directory.appendingPathComponent("query.csv").path).rows
    #expect(recorded.count == 12)
    for (position, text) in Self.texts.enumerated() {
      let answer = try session.ask(text)
      let rows = recorded[position * 6..<(position + 1) * 6]
      for (row, hit) in zip(rows, answer.top + answer.bottom) {
        #expect(try row.string("query", flag: "") == text)
        #expect(try row.string("result", flag: "") == hit.text)
        #expect(try row.number("result_index", flag: "") == Double(hit.row))
        let score = try #require(try row.number("score", flag: ""))
        #expect(abs(Double(hit.score) - score) < 1e-4 * 0.1, "\(text): \(hit), recorded \(score)")
      }
    }
  }
}
