import Foundation
import Testing

@testable import Engine

/// Llama with grouped queries, untied and tied, the latter in several shards and today's form of config.json.
@Suite struct LlamaConformanceTests {
  private static func set(_ name: String) -> FixtureSet {
    FixtureSet(root: FixtureSet.gptNeoX.root.deletingLastPathComponent().appendingPathComponent(name))
  }

  @Test(arguments: ["llama", "llama_tied"], [0, 1, 5]) func logitsEqualTheReference(name: String, document: Int) throws
  {
    let set = Self.set(name)
    let fixture = try set.fixtureCase("expected/forward")
    var configuration = IndexConfig()
    configuration.model = set.path("model")
    configuration.data.dataset = set.path("data.jsonl")
    let inputs = try CollectionInputs(configuration, RunContext())
    let model = inputs.model.model
    let arena = Arena()
    let hidden = model.hiddenStates(inputs.tokens.batch([document]), arena: arena)
    let logits = arena.matrix(hidden.rows, model.vocabularySize)
    model.head.linear.forward(hidden, into: logits)
    let distance = try Distance(
      logits.toArray(), fixture.array("logits_doc\(document).npy").values, columns: model.vocabularySize)
    let tolerance = try #require(try fixture.tolerance("logits"))
    #expect(distance.isWithin(tolerance), "\(distance), recorded \(tolerance)")
  }

  @Test(arguments: ["llama", "llama_tied"], ["build", "build_edge", "reduce_mean"])
  func rowsEqualTheReference(name: String, caseName: String) throws { try compareRows(name, caseName) }

  /// What a document is: the tokenizer begins texts with a token, and its chat template folds the system's message.
  @Test(arguments: [
    "build_chunk", "build_prompt_completion", "build_conversation", "build_template", "build_reward", "build_advantage",
    "build_truncation", "build_pretokenized", "build_pretokenized_mean",
  ])
  func documentsOfEveryKindEqualTheReference(caseName: String) throws { try compareRows("llama", caseName) }

  private func compareRows(_ name: String, _ caseName: String) throws {
    let set = Self.set(name)
    let fixture = try set.fixtureCase("expected_v2/\(caseName)")
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    _ = try BuildPipeline(fixture.indexConfiguration(run: run), fixture.preprocessConfiguration()).run(RunContext())
    let index = try GradientIndex(opening: run)
    let reference = try GradientIndex(opening: fixture.directory)
    #expect(index.modules == reference.modules)
    let distance = Distance(index.allRows(), reference.allRows(), columns: index.rowWidth)
    let tolerance = try fixture.tolerance("gradients") ?? BuildConformanceTests.usual
    #expect(distance.isWithin(tolerance), "\(name) \(caseName): \(distance), recorded \(tolerance)")
  }
}
