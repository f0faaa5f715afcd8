import Foundation
import Testing

@testable import Engine

@Suite struct ForwardConformanceTests {
  var set = FixtureSet.gptNeoX

  private struct Tokenized: Decodable {
    struct Rows: Decodable {
      var ids: [[Int32]]

      enum CodingKeys: String, CodingKey { case ids = "input_ids" }
    }

    var rows: Rows
  }

  private struct EncodedString: Decodable {
    var text: String
    var ids: [Int32]
    var offsets: [[Int]]
  }

  private func model() throws -> LoadedModel {
    try LoadedModel(path: set.path("model"), precision: .fp32)
  }

  private func tokens(_ data: String, _ configure: (inout IndexConfig) -> Void = { _ in }) throws -> TokenizedDataset {
    var configuration = IndexConfig()
    configuration.model = set.path("model")
    configuration.data.dataset = set.path(data)
    configuration.tokenBatchSize = 256
    configure(&configuration)
    return try CollectionInputs(configuration, RunContext()).tokens
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: set.path(path))))
  }

  @Test(arguments: [
    ("data.jsonl", "text", false), ("edge.jsonl", "edge", false), ("data.jsonl", "text_truncated", true),
  ])
  func documentsHaveTheReferencesTokens(data: String, name: String, truncated: Bool) throws {
    let expected = try decode(Tokenized.self, "expected/tokenization/\(name).json").rows.ids
    let own = try tokens(data) {
      $0.data.truncation = truncated
      if truncated { $0.tokenBatchSize = 24 }
    }
    #expect(try own.rows.map(\.ids) == expected)
    #expect(try own.rows.allSatisfy { $0.labels == $0.ids })
  }

  @Test func stringsHaveTheReferencesTokensAndOffsets() throws {
    let tokenizer = try Tokenizer(directory: URL(fileURLWithPath: set.path("model")))
    let strings = try decode([EncodedString].self, "expected/tokenization/strings.json")
    #expect(strings.count > 50)
    for string in strings {
      let own = try tokenizer.encode(string.text)
      #expect(own.ids == string.ids, "\(string.text.debugDescription)")
      #expect(own.offsets.map { [$0.lowerBound, $0.upperBound] } == string.offsets, "\(string.text.debugDescription)")
    }
  }

  @Test(arguments: [0, 1, 5]) func logitsEqualTheReference(document: Int) throws {
    let fixture = try set.fixtureCase("expected/forward")
    let model = try model().model
    let logits = model.logits(try tokens("data.jsonl").batch([document]), arena: Arena())
    let distance = try Distance(
      logits.toArray(), fixture.array("logits_doc\(document).npy").values, columns: model.vocabularySize)
    let tolerance = try #require(try fixture.tolerance("logits"))
    #expect(distance.isWithin(tolerance), "\(distance), recorded \(tolerance)")
  }

  @Test(arguments: [("loss_sum", LossReduction.sum), ("loss_mean", .mean)])
  func lossesEqualTheReference(name: String, reduction: LossReduction) throws {
    let fixture = try set.fixtureCase("expected/forward")
    let model = try model().model
    let tokens = try tokens("data.jsonl")
    let recipe = GradientRecipe(
      descriptions: model.modules, modules: [0], projection: nil, target: .perModule, includeBias: false)
    let collector = GradientCollector(recipe: recipe)
    let rows = FloatStorage(count: tokens.count * recipe.rowWidth)
    let batch = try tokens.batch(Array(0..<tokens.count))
    collector.begin(batch, rows: rows.matrix(tokens.count, recipe.rowWidth))
    let losses = model.forwardBackward(
      batch, loss: LossSettings(reduction: reduction), collector: collector, arena: Arena())
    let distance = try Distance(losses.map(Float.init), fixture.array("\(name).npy").values, columns: losses.count)
    #expect(distance.isWithin(try #require(try fixture.tolerance("loss_sum"))), "\(distance)")
  }
}
