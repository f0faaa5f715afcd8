import Foundation
import Testing

@testable import Engine

struct GPTNeoXTests {
  // Two layers of float32 products of at most 12 terms with values of order 1 to 10.
  private static let tolerance = 5e-6

  /// Nothing is wanted: losses alone.
  final class NoCollector: Collector {
    func wants(module: Int) -> Bool { false }
    func collect(activations: Matrix, module: Int, batch: RaggedBatch) {}
    func collect(outputGradients: Matrix, module: Int, batch: RaggedBatch) {}
  }

  private func rows(_ model: any CausalLM, _ batch: RaggedBatch, modules: [Int]? = nil) -> (GradientRecipe, [[Float]]) {
    let recipe = GradientRecipe(
      descriptions: model.modules, modules: modules ?? Array(model.modules.indices), projection: nil,
      target: .perModule, includeBias: true)
    let collector = GradientCollector(recipe: recipe)
    let storage = FloatStorage(count: batch.count * recipe.rowWidth)
    let rows = storage.matrix(batch.count, recipe.rowWidth)
    collector.begin(batch, rows: rows)
    _ = model.forwardBackward(batch, loss: LossSettings(), collector: collector, arena: Arena(chunkFloats: 1 << 14))
    return (recipe, (0..<batch.count).map { rows.rows($0..<$0 + 1).toArray() })
  }

  @Test(arguments: TinyGPTNeoX.variants) func logitsAndLossesEqualTheOracle(tiny: TinyGPTNeoX) throws {
    let scratch = try Scratch()
    let weights = tiny.weights()
    let model = try tiny.load(weights, in: scratch.url).model
    let oracle = NaiveGPTNeoX(model: tiny, weights: weights)
    let batch = TinyGPTNeoX.batch(lengths: [7, 1, 16, 2, 3])
    let arena = Arena(chunkFloats: 1 << 14)
    let losses = model.forwardBackward(batch, loss: LossSettings(), collector: NoCollector(), arena: arena)
    let logits = model.logits(batch, arena: arena)
    for document in 0..<batch.count {
      let positions = batch.positions(document)
      let tokens = Array(batch.tokens[positions])
      let expected = oracle.logits(tokens)
      #expect(relativeDistance(logits.rows(positions).toArray(), expected.values) < Self.tolerance)
      #expect(relativeDistance([Float(losses[document])], [oracle.loss(tokens)]) < Self.tolerance)
    }
  }

  @Test(arguments: TinyGPTNeoX.variants) func everyGradientEqualsTheDerivativeOfTheOracle(tiny: TinyGPTNeoX) throws {
    let scratch = try Scratch()
    let weights = tiny.weights(seed: 2)
    let model = try tiny.load(weights, in: scratch.url).model
    let batch = TinyGPTNeoX.batch(lengths: [5, 2, 4])
    let (recipe, gradients) = rows(model, batch)
    for document in 0..<batch.count {
      let tokens = Array(batch.tokens[batch.positions(document)])
      for (module, block) in zip(recipe.modules, recipe.blocks) {
        let description = model.modules[module]
        let name = "gpt_neox.\(description.name)"
        func derivative(_ parameter: String) -> DoubleMatrix? {
          weights[parameter].map { start in
            DoubleMatrix(
              start.rows, start.columns,
              CentralDifference.gradient(at: start.values) { values in
                var oracle = NaiveGPTNeoX(model: tiny, weights: weights)
                oracle.weights[parameter]?.values = values
                return oracle.loss(tokens)
              })
          }
        }
        let weight = try #require(derivative("\(name).weight"))
        let bias = derivative("\(name).bias")
        #expect((bias != nil) == description.hasBias)
        // dL/dW = gᵀ a with the bias as the gradient of one more input that is 1.
        let columns = description.inputs + (description.hasBias ? 1 : 0)
        let expected = DoubleMatrix(description.outputs, columns) { output, input in
          input < description.inputs ? weight[output, input] : bias?[output, 0] ?? .nan
        }
        let own = Array(gradients[document][block.columns])
        #expect(
          relativeDistance(own, expected.values) < 4 * Self.tolerance, "\(description.name), document \(document)")
      }
    }
  }

  @Test(arguments: [[7], [4], [2, 5], [0], [6]]) func fewerModulesHaveTheSameGradients(modules: [Int]) throws {
    let scratch = try Scratch()
    for tiny in [TinyGPTNeoX(), TinyGPTNeoX(parallelResidual: false)] {
      let model = try tiny.load(tiny.weights(), in: scratch.url).model
      let batch = TinyGPTNeoX.batch(lengths: [6, 3])
      let (all, complete) = rows(model, batch)
      let (some, partial) = rows(model, batch, modules: modules)
      for (block, module) in zip(some.blocks, modules) {
        for document in 0..<batch.count {
          #expect(partial[document][block.columns] == complete[document][all.blocks[module].columns])
        }
      }
    }
  }

  @Test func parametersAreCounted() throws {
    let scratch = try Scratch()
    for tiny in TinyGPTNeoX.variants {
      let weights = tiny.weights()
      #expect(
        try tiny.load(weights, in: scratch.url).model.parameterCount
          == weights.values.reduce(0) { $0 + $1.values.count })
    }
  }

  @Test func narrowerPrecisionRoundsTheWeights() throws {
    let scratch = try Scratch()
    let tiny = TinyGPTNeoX()
    let weights = tiny.weights()
    try tiny.write(weights, to: scratch.url)
    var rounded = weights
    for name in rounded.keys {
      // Round to nearest, ties to even, at 16 bits: adding half a unit and cutting, in integers.
      rounded[name]?.values = weights[name]!.values.map { value in
        let bits = Float(value).bitPattern
        return Double(Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000))
      }
    }
    let model = try LoadedModel(path: scratch.url.path, precision: .bf16)
    #expect(model.precision == .bf16)
    let batch = TinyGPTNeoX.batch(lengths: [9])
    let loss = model.model.forwardBackward(
      batch, loss: LossSettings(), collector: NoCollector(), arena: Arena(chunkFloats: 1 << 14))
    let expected = NaiveGPTNeoX(model: tiny, weights: rounded).loss(batch.tokens)
    #expect(relativeDistance([Float(loss[0])], [expected]) < Self.tolerance)
  }
}
