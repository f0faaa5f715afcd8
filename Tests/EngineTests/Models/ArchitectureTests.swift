import Foundation
import Testing

@testable import Engine

/// Every architecture against float64 autograd of the models' own code: `Tests/Fixtures/architectures/generate.py`.
struct ArchitectureTests {
  // Two layers of float32 products of at most 24 terms with values of order 1 to 10.
  private static let tolerance = 2e-5

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

  private struct Reference: Decodable {
    var documents: [[Int32]]
    var modules: [String]
    var parameters: Int
  }

  private func folder(_ name: String) -> URL {
    Self.root.appendingPathComponent(name)
  }

  private func load(_ name: String) throws -> (model: any CausalLM, reference: Reference, batch: RaggedBatch) {
    let reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: folder(name).appendingPathComponent("reference.json")))
    let batch = RaggedBatch(reference.documents.enumerated().map { (document: $0, ids: $1, labels: $1) })
    return (try LoadedModel(path: folder(name).path, precision: .fp32).model, reference, batch)
  }

  /// Losses, and the rows of the gradients of some modules.
  private func gradients(
    _ model: any CausalLM, _ batch: RaggedBatch, modules: [Int], arena: Arena
  ) -> (losses: [Double], recipe: GradientRecipe, rows: Matrix) {
    let recipe = GradientRecipe(
      descriptions: model.modules, modules: modules, projection: nil, target: .perModule, includeBias: true)
    let collector = GradientCollector(recipe: recipe)
    let rows = FloatStorage(count: batch.count * recipe.rowWidth).matrix(batch.count, recipe.rowWidth)
    collector.begin(rows: rows)
    let losses = model.forwardBackward(batch, loss: LossSettings(), collector: collector, arena: arena)
    return (losses, recipe, rows)
  }

  /// All documents go through as one batch, while the reference saw each alone.
  @Test(arguments: names) func logitsLossesAndGradientsEqualTheReference(name: String) throws {
    let (model, reference, batch) = try load(name)
    let tensors = try SafetensorsFile(folder(name).appendingPathComponent("reference.tensors"))
    #expect(model.modules.map(\.name) == reference.modules)
    #expect(model.parameterCount == reference.parameters)
    let arena = Arena(chunkFloats: 1 << 14)
    let (losses, recipe, rows) = gradients(model, batch, modules: Array(model.modules.indices), arena: arena)
    let hidden = model.hiddenStates(batch, arena: arena)
    let logits = arena.matrix(batch.tokenCount, model.vocabularySize)
    model.head.forward(hidden, into: logits)
    for document in 0..<batch.count {
      func distance(_ values: [Float], _ tensor: String) throws -> Double {
        relativeDistance(values, try tensors.floats("\(document).\(tensor)").map(Double.init))
      }
      #expect(try distance(logits.rows(batch.positions(document)).toArray(), "logits") < Self.tolerance)
      #expect(try distance([Float(losses[document])], "loss") < Self.tolerance)
      for (module, block) in zip(recipe.modules, recipe.blocks) {
        let own = rows.rows(document..<document + 1).columns(block.columns).toArray()
        let module = model.modules[module].name
        let found = try distance(own, module)
        #expect(found < Self.tolerance, "\(module), document \(document): \(found)")
      }
    }
  }

  /// The backward pass ends with the lowest block that anything is wanted of, and is the same down to there.
  @Test(arguments: names) func fewerModulesHaveTheSameGradients(name: String) throws {
    let (model, _, batch) = try load(name)
    let arena = Arena(chunkFloats: 1 << 14)
    let all = gradients(model, batch, modules: Array(model.modules.indices), arena: arena)
    let perLayer = model.modules.count / 2
    for modules in [[0], [perLayer], [perLayer - 1, perLayer + 1], [2 * perLayer - 1]] {
      let some = gradients(model, batch, modules: modules, arena: arena)
      #expect(some.losses == all.losses)
      for (module, block) in zip(modules, some.recipe.blocks) {
        let expected = all.rows.columns(all.recipe.blocks[module].columns)
        #expect(some.rows.columns(block.columns).toArray() == expected.toArray(), "module \(module)")
      }
    }
  }
}
