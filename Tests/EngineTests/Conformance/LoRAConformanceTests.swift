import Foundation
import Testing

@testable import Engine

/// The index of an adapter's matrices over the two sets that have one.
@Suite struct LoRAConformanceTests {
  @Test(
    arguments: ["gpt_neox", "llama"],
    ["expected_v2/lora_ce", "expected/lora_ce", "expected_v2/lora_kl", "expected/lora_kl"])
  func indexEqualsTheReference(name: String, caseName: String) throws {
    try check(FixtureSet(named: name).fixtureCase(caseName))
  }

  func check(_ fixture: FixtureCase) throws {
    let set = fixture.set
    let name = "\(set.testDescription) \(fixture.version)/\(fixture.directory.lastPathComponent)"
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

    let losses = try fixture.array("losses.npy").values
    let column = try ArrowDataset.read(["loss"], from: run.appendingPathComponent(ArrowDataset.folderName))[0]
    guard case .float32(let loss) = column.values else {
      Issue.record("loss is no float32 column")
      return
    }
    let lossDistance = Distance(loss, losses, columns: loss.count)
    // A divergence is a difference of logarithms near 6: 5e-6 of the largest is what these round.
    #expect(lossDistance.overMaximum < 5e-6, "\(name): \(lossDistance)")

    let model = try #require(outcome.model)
    #expect(model.path == set.path("model"))
    #expect(model.adapter == LoadedModel.Adapter(path: set.path("adapter"), commit: nil, ranks: 4...4))
    #expect(model.attributedParameters == model.parameters - (try baseParameters(set)))
  }

  /// B of a fresh adapter is zero, so the model is what it was.
  @Test func aFreshAdapterDoesNotDiverge() throws {
    let fixture = try PipelineFixture()
    try fixture.build(
      fixture.configuration("run") {
        $0.adapterArguments = "r=2,target_modules=dense|query_key_value"
        $0.lossFunction = .divergenceFromBase
      })
    #expect(try fixture.rows("run").values.allSatisfy { $0 == 0 })
  }

  @Test func withoutAnAdapterThereIsNoBase() throws {
    let fixture = try PipelineFixture()
    let configuration = fixture.configuration("run") { $0.lossFunction = .divergenceFromBase }
    #expect(throws: BaseModelError.noAdapter(model: configuration.model)) { try fixture.build(configuration) }
    #expect(fixture.isGone("run"))
  }

  private func baseParameters(_ set: FixtureSet) throws -> Int {
    try LoadedModel(path: set.path("model"), precision: .fp32).model.parameterCount
  }
}
