import Foundation
import Testing

@testable import Engine

struct ParameterReaderTests {
  /// What a reader hands on, by a checkpoint with one layer under `base` and a head beside it.
  private func reader(_ precision: Precision = .fp32) throws -> ParameterReader {
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("model.safetensors")
    var writer = SafetensorsWriter()
    let tensors: [(name: String, shape: [Int], values: [Float])] = [
      ("base.layers.0.up.weight", [3, 2], [1, 2, 3, 4, 5, 6]), ("base.layers.0.up.bias", [3], [7, 8, 9]),
      ("base.layers.0.down.weight", [3, 2], [1, 2, 3, 4, 5, 6]), ("base.layers.0.down.bias", [2], [0.5, 0.25]),
      ("base.norm.weight", [2], [-0.5, 0.3]), ("head.weight", [4, 2], [0, 1, 2, 3, 4, 5, 6, 7]),
    ]
    for tensor in tensors { writer.add(tensor.name, shape: tensor.shape, tensor.values) }
    try writer.write(to: file)
    return ParameterReader(ModelWeights(try WeightStore(file: file), precision: precision))
  }

  @Test func modulesAreNumberedAndNamedAsTheyAreRead() throws {
    let root = try reader()
    let layer = root.base("base").at("layers", 0)
    #expect(root.modules.isEmpty && root.parameters.isEmpty)
    _ = try layer.linear("up", outputs: 3, inputs: 2, bias: true)
    _ = try layer.linear("down", outputs: 2, inputs: 3, bias: true, transposed: true)
    // Below the base model, whichever reader is asked.
    let expected = [
      ModuleDescription(name: "layers.0.up", outputs: 3, inputs: 2, hasBias: true),
      ModuleDescription(name: "layers.0.down", outputs: 2, inputs: 3, hasBias: true),
    ]
    #expect(root.modules == expected && layer.modules == expected)
    func parameter(_ name: String, _ shape: [Int], _ role: ParameterDescription.Role) -> ParameterDescription {
      ParameterDescription(name: "base.layers.0.\(name)", shape: shape, role: role, isTrained: true)
    }
    #expect(
      root.parameters == [
        parameter("up.weight", [3, 2], .weight(module: 0, isTransposed: false)),
        parameter("up.bias", [3], .bias(module: 0)),
        // As it is stored.
        parameter("down.weight", [3, 2], .weight(module: 1, isTransposed: true)),
        parameter("down.bias", [2], .bias(module: 1)),
      ])
  }

  @Test func whatIsReadIsCountedOnce() throws {
    let root = try reader()
    let norm = try root.base("base").rmsNorm("norm", 2, epsilon: 1e-5, offset: 1)
    #expect(norm.weight.matrix(1, 2).toArray() == [0.5, 1.3])
    let embedding = TokenEmbedding(tokens: FloatStorage(count: 8))
    let tied = try root.head("head", tiedTo: embedding, [4, 2])
    #expect(root.parameters.map(\.name) == ["base.norm.weight"])
    let zeros = [Double](repeating: 0, count: 8)
    #expect(DoubleMatrix(tied.linear.weight).values == zeros)
    let own = try root.head("head", tiedTo: nil, [4, 2])
    #expect(root.parameters.map(\.count) == [2, 8])
    let stored: [Double] = [0, 1, 2, 3, 4, 5, 6, 7]
    #expect(DoubleMatrix(own.linear.weight).values == stored)
  }

  @Test func aTransposedWeightIsTurnedIntoOutputsByInputs() throws {
    let linear = try reader().base("base").at("layers", 0)
      .linear("down", outputs: 2, inputs: 3, bias: true, transposed: true)
    let arena = Arena(chunkFloats: 64)
    let pass = ModelPass(batch: RaggedBatch([]), collector: nil, arena: arena)
    let (x, y) = (FloatStorage([1, 10, 100]).matrix(1, 3), arena.matrix(1, 2))
    linear.forward(x, into: y, pass)
    // Stored [inputs, outputs]: (1 2) (3 4) (5 6).
    let expected: [Float] = [531.5, 642.25]
    #expect(y.toArray() == expected)
  }

  /// (1 + w) is added to the rounded w, in float32.
  @Test func offsetsAreAddedToRoundedWeights() throws {
    let norm = try reader(.bf16).base("base").rmsNorm("norm", 2, epsilon: 1e-5, offset: 1)
    let rounded = Float(bitPattern: (Float(0.3).bitPattern + 0x8000) & 0xFFFF_0000)
    #expect(abs(rounded - 0.3) < 1e-3 && rounded != 0.3)
    #expect(norm.weight.matrix(1, 2).toArray() == [0.5, 1 + rounded])
  }

  @Test func aMissingWeightIsNamedByItsWholePath() throws {
    let error = try #require(throws: WeightError.self) {
      try reader().base("base").at("layers", 1).linear("up", outputs: 3, inputs: 2, bias: true)
    }
    #expect("\(error)".contains("base.layers.1.up.weight"), "\(error)")
  }
}
