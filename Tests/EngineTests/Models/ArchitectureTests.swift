import Foundation
import Testing

@testable import Engine

/// Every architecture against float64 autograd of the models' own code: `Tests/Fixtures/architectures/generate.py`.
struct ArchitectureTests {
  static let names = [
    "gpt2", "llama", "llama_tied", "llama_linear", "llama_dynamic", "llama_llama3", "llama_yarn", "llama_yarn_mscale",
    "llama_longrope", "mistral", "mistral_long", "qwen2", "qwen2_layer_types", "qwen3", "olmo2", "gemma2",
    "gemma2_uncapped", "phi3", "phi3_longrope",
  ]

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/architectures")

  /// GPT-NeoX has its own oracle and fixtures.
  @Test func everyArchitectureHasAReferenceThatIsTested() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.path).filter { !$0.contains(".") }
    #expect(folders.sorted() == Self.names.sorted())
    let types = try Set(Self.names.map { try ModelConfiguration(directory: folder($0)).modelType } + ["gpt_neox"])
    #expect(types == Set(ModelRegistry.architectures.keys))
  }

  private func folder(_ name: String) -> URL {
    Self.root.appendingPathComponent(name)
  }

  private func load(_ name: String) throws -> (model: any CausalLM, reference: TorchReference) {
    (try LoadedModel(path: folder(name).path, precision: .fp32).model, try TorchReference(folder: folder(name)))
  }

  @Test(arguments: names) func logitsLossesAndGradientsEqualTheReference(name: String) throws {
    let (model, reference) = try load(name)
    #expect(model.parameterCount == reference.parameters)
    try reference.compare(model, folder: folder(name))
  }

  /// The backward pass ends with the lowest block that anything is wanted of, and is the same down to there.
  @Test(arguments: names) func fewerModulesHaveTheSameGradients(name: String) throws {
    let (model, reference) = try load(name)
    let batch = reference.batch
    let arena = Arena(chunkFloats: 1 << 14)
    let all = model.wholeGradients(batch, modules: Array(model.modules.indices), arena: arena)
    let perLayer = model.modules.count / 2
    for modules in [[0], [perLayer], [perLayer - 1, perLayer + 1], [2 * perLayer - 1]] {
      let some = model.wholeGradients(batch, modules: modules, arena: arena)
      #expect(some.losses == all.losses)
      for (module, block) in zip(modules, some.recipe.blocks) {
        let expected = all.rows.columns(all.recipe.blocks[module].columns)
        #expect(some.rows.columns(block.columns).toArray() == expected.toArray(), "module \(module)")
      }
    }
  }
}
