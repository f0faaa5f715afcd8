import Foundation
import Testing

@testable import Engine

/// Norms before and after a sublayer, in every combination, against central differences of the definition.
struct ResidualBranchTests {
  private static let (hidden, inner, rows) = (5, 7, 3)
  private static let epsilon = 1e-3

  private struct Parts {
    let inputNorm: RMSNorm?
    let outputNorm: RMSNorm?
    let up: Linear
    let down: Linear

    init(before: Bool, after: Bool) {
      var random = RandomValues(seed: 1)
      func norm() -> RMSNorm { RMSNorm(weight: random.storage(hidden, 2), epsilon: Float(epsilon)) }
      inputNorm = before ? norm() : nil
      outputNorm = after ? norm() : nil
      up = Linear(weight: random.storage(hidden * inner), bias: random.storage(inner), outputs: inner, inputs: hidden)
      down = Linear(
        weight: random.storage(hidden * inner), bias: random.storage(hidden), outputs: hidden, inputs: inner)
    }

    var branch: ResidualBranch<RMSNorm, PlainMLP> {
      ResidualBranch(
        inputNorm: inputNorm,
        PlainMLP(up: ModuleLinear(up, module: 0), down: ModuleLinear(down, module: 1), activation: .silu),
        outputNorm: outputNorm)
    }

    /// outputNorm(down(silu(up(inputNorm(x))))) in float64.
    func oracle(_ x: [Double]) -> [Double] {
      let y = linear(up, inputNorm.map { normalized(x, $0) } ?? x).map { $0 / (1 + exp(-$0)) }
      let z = linear(down, y)
      return outputNorm.map { normalized(z, $0) } ?? z
    }

    private func normalized(_ x: [Double], _ norm: RMSNorm) -> [Double] {
      let root = (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + Double(norm.epsilon)).squareRoot()
      return x.indices.map { x[$0] / root * Double(norm.weight.base[$0]) }
    }

    private func linear(_ layer: Linear, _ x: [Double]) -> [Double] {
      let weight = DoubleMatrix(layer.weight)
      return (0..<layer.outputs).map { o in
        x.indices.reduce(Double(layer.bias?.base[o] ?? 0)) { $0 + weight[o, $1] * x[$1] }
      }
    }
  }

  /// Notes what it is shown.
  private final class Witness: Collector {
    var activations: [Int: [Float]] = [:]
    var gradients: [Int: [Float]] = [:]
    func wants(module: Int) -> Bool { true }
    func collect(activations: Matrix, module: Int, batch: RaggedBatch) {
      self.activations[module] = activations.toArray()
    }
    func collect(outputGradients: Matrix, module: Int, batch: RaggedBatch) {
      gradients[module] = outputGradients.toArray()
    }
  }

  // Two products of at most seven terms and two norms.
  private static let tolerance = 2e-6

  @Test(arguments: [true, false], [true, false]) func bothPassesEqualTheOracle(before: Bool, after: Bool) {
    let parts = Parts(before: before, after: after)
    let arena = Arena(chunkFloats: 1024)
    var random = RandomValues(seed: 2)
    let x = random.storage(Self.rows * Self.hidden, 2).matrix(Self.rows, Self.hidden)
    let dOutput = random.storage(Self.rows * Self.hidden).matrix(Self.rows, Self.hidden)
    let witness = Witness()
    let pass = ModelPass(batch: TinyGPTNeoX.batch(lengths: [Self.rows]), collector: witness, arena: arena)
    let saved = parts.branch.makeSaved(for: x, in: arena)
    let output = arena.matrix(Self.rows, Self.hidden)
    parts.branch.forward(x, saved, into: output, pass)
    let wide = DoubleMatrix(x)
    let expected = (0..<Self.rows).flatMap { parts.oracle(wide.row($0)) }
    #expect(relativeDistance(output.toArray(), expected) < Self.tolerance)

    // The same matrix comes in as the gradient of the output and leaves with that of the input added.
    let stream = arena.matrix(Self.rows, Self.hidden)
    stream.copy(from: dOutput)
    parts.branch.backward(stream, saved, addingTo: stream, pass)
    let dy = DoubleMatrix(dOutput)
    let sum = (0..<Self.rows).flatMap { row in
      zip(
        dy.row(row),
        CentralDifference.gradient(at: wide.row(row)) { x in
          zip(parts.oracle(x), dy.row(row)).reduce(0) { $0 + $1.0 * $1.1 }
        }
      ).map { $0 + $1 }
    }
    #expect(relativeDistance(stream.toArray(), sum) < 4 * Self.tolerance)

    // Without an input gradient the collector is shown the same.
    #expect(Set(witness.activations.keys) == [0, 1] && Set(witness.gradients.keys) == [0, 1])
    let shown = witness.gradients
    parts.branch.backward(dOutput, saved, addingTo: nil, pass)
    #expect(witness.gradients == shown)
  }
}
