import Foundation
import Testing

@testable import Engine

extension CausalLM {
  /// Logits [T, V] in the arena.
  func logits(_ batch: RaggedBatch, arena: Arena) -> Matrix {
    let hidden = hiddenStates(batch, arena: arena)
    let logits = arena.matrix(batch.tokenCount, vocabularySize)
    head.forward(hidden, into: logits)
    return logits
  }

  /// Losses, and the rows of the whole gradients of some modules, biases included.
  func wholeGradients(
    _ batch: RaggedBatch, modules: [Int], arena: Arena
  ) -> (losses: [Double], recipe: GradientRecipe, rows: Matrix) {
    let recipe = GradientRecipe(
      descriptions: self.modules, modules: modules, projection: nil, target: .perModule, includeBias: true)
    let collector = GradientCollector(recipe: recipe)
    let rows = FloatStorage(count: batch.count * recipe.rowWidth).matrix(batch.count, recipe.rowWidth)
    collector.begin(batch, rows: rows)
    let losses = forwardBackward(batch, loss: LossSettings(), collector: collector, arena: arena)
    return (losses, recipe, rows)
  }
}

/// What torch computes in float64 for some documents, each alone: `reference.json` and `reference.tensors` of a folder.
struct TorchReference: Decodable {
  var documents: [[Int32]]
  var modules: [String]
  var parameters: Int?

  // Two layers of float32 products of at most 24 terms with values of order 1 to 10.
  static let tolerance = 2e-5

  init(folder: URL) throws {
    self = try JSONDecoder().decode(
      Self.self, from: Data(contentsOf: folder.appendingPathComponent("reference.json")))
  }

  var batch: RaggedBatch {
    RaggedBatch(documents.enumerated().map { (document: $0, ids: $1, labels: $1) })
  }

  /// All documents go through the model as one batch.
  func compare(_ model: any CausalLM, folder: URL) throws {
    let tensors = try SafetensorsFile(folder.appendingPathComponent("reference.tensors"))
    #expect(model.modules.map(\.name) == modules)
    let batch = batch
    let arena = Arena(chunkFloats: 1 << 14)
    let (losses, recipe, rows) = model.wholeGradients(batch, modules: Array(model.modules.indices), arena: arena)
    let logits = model.logits(batch, arena: arena)
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
