import Foundation
import Testing

@testable import Engine

/// The index of an adapter's matrices over the two sets that have one.
@Suite struct LoRAConformanceTests {
  @Test(arguments: ["gpt_neox", "llama"], ["expected_v2/lora_ce", "expected/lora_ce"])
  func indexEqualsTheReference(name: String, caseName: String) throws {
    try check(FixtureSet(named: name).fixtureCase(caseName))
  }

  func check(_ fixture: FixtureCase) throws {
    let set = fixture.set
    let name = "\(set.testDescription) \(fixture.version)"
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    var configuration = try fixture.indexConfiguration(run: run)
    // The adapter says that its base model is `model`, which lies beside it.
    #expect(configuration.model == set.path("adapter"))
    configuration.tokenizer = set.path(configuration.tokenizer)
    let outcome = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    let index = try GradientIndex(opening: run)
    let reference = try GradientIndex(opening: fixture.directory)
    #expect(index.modules == reference.modules)
    let distance = Distance(index.allRows(), reference.allRows(), columns: index.rowWidth)
    let tolerance = try fixture.tolerance("gradients") ?? BuildConformanceTests.usual
    #expect(distance.isWithin(tolerance), "\(name): \(distance), recorded \(tolerance)")

    let model = try #require(outcome.model)
    #expect(model.path == set.path("model"))
    #expect(model.adapter == LoadedModel.Adapter(path: set.path("adapter"), commit: nil, ranks: 4...4))
    #expect(model.attributedParameters == model.parameters - (try baseParameters(set)))
  }

  private func baseParameters(_ set: FixtureSet) throws -> Int {
    try LoadedModel(path: set.path("model"), precision: .fp32).model.parameterCount
  }
}
