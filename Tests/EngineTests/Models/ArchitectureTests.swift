import Foundation
import Testing

@testable import Engine

/// Every architecture against float64 autograd of the models' own code: `Tests/Fixtures/architectures/generate.py`.
struct ArchitectureTests {
  // Two layers of float32 products of at most 24 terms with values of order 1 to 10.
  private static let tolerance = 2e-5

  static let names = [
    "gpt2", "llama", "llama_tied", "llama_linear", "llama_dynamic", "llama_llama3", "mistral", "qwen2", "qwen3",
  ]

  private struct Reference: Decodable {
    var documents: [[Int32]]
    var modules: [String]
    var parameters: Int
  }

  private func folder(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/architectures/\(name)")
  }

  /// All documents go through as one batch, while the reference saw each alone.
  @Test(arguments: names) func logitsLossesAndGradientsEqualTheReference(name: String) throws {
    let directory = folder(name)
    let model = try LoadedModel(path: directory.path, precision: .fp32).model
    let reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: directory.appendingPathComponent("reference.json")))
    let tensors = try SafetensorsFile(directory.appendingPathComponent("reference.tensors"))
    #expect(model.modules.map(\.name) == reference.modules)
    #expect(model.parameterCount == reference.parameters)

    let batch = RaggedBatch(reference.documents.enumerated().map { (document: $0, ids: $1, labels: $1) })
    let recipe = GradientRecipe(
      descriptions: model.modules, modules: Array(model.modules.indices), projection: nil, target: .perModule,
      includeBias: true)
    let collector = GradientCollector(recipe: recipe)
    let storage = FloatStorage(count: batch.count * recipe.rowWidth)
    let rows = storage.matrix(batch.count, recipe.rowWidth)
    collector.begin(rows: rows)
    let arena = Arena(chunkFloats: 1 << 14)
    let losses = model.forwardBackward(batch, loss: LossSettings(), collector: collector, arena: arena)
    let hidden = model.hiddenStates(batch, arena: arena)
    let logits = arena.matrix(batch.tokenCount, model.vocabularySize)
    model.head.linear.forward(hidden, into: logits)
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
}
