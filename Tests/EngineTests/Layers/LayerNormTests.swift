import Testing

@testable import Engine

struct LayerNormTests {
  private static let epsilon = 1e-5
  private static let columns = [1, 3, 7, 17, 33, 65, 130]

  /// y = (x - mean) / sqrt(var + epsilon) * weight + bias of one row.
  private func oracle(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    return x.indices.map { (x[$0] - mean) / (variance + Self.epsilon).squareRoot() * weight[$0] + bias[$0] }
  }

  private struct Case {
    let layer: LayerNorm
    let input: Matrix
    let storage: FloatStorage
    let arena = Arena(chunkFloats: 1024)

    init(_ rows: Int, _ columns: Int, _ random: inout RandomValues) {
      layer = LayerNorm(
        weight: random.storage(columns, 2), bias: random.storage(columns), epsilon: Float(LayerNormTests.epsilon))
      storage = random.storage(rows * columns, 2)
      input = storage.matrix(rows, columns)
    }

    var weight: [Double] { DoubleMatrix(layer.weight.matrix(1, layer.weight.count)).values }
    var bias: [Double] { DoubleMatrix(layer.bias.matrix(1, layer.bias.count)).values }
  }

  // Float32 sums over at most 130 columns, kept in lanes, and a division by a deviation of order 1: a few ulp.
  private static let tolerance = 1e-6

  @Test(arguments: columns) func forwardEqualsTheOracle(columns: Int) {
    var random = RandomValues(seed: UInt64(columns))
    let own = Case(5, columns, &random)
    let output = own.arena.matrix(5, columns)
    own.layer.forward(own.layer.makeSaved(for: own.input, in: own.arena), into: output)
    let expected = (0..<5).flatMap { oracle(DoubleMatrix(own.input).row($0), own.weight, own.bias) }
    #expect(relativeDistance(output.toArray(), expected) < Self.tolerance)
  }

  @Test(arguments: columns) func backwardAddsTheDerivativeOfTheOracle(columns: Int) {
    var random = RandomValues(seed: UInt64(columns) + 1000)
    let own = Case(3, columns, &random)
    let dOutput = random.storage(3 * columns)
    let before = random.floats(3 * columns)
    let dInput = FloatStorage(before)
    let saved = own.layer.makeSaved(for: own.input, in: own.arena)
    own.layer.forward(saved, into: own.arena.matrix(3, columns))
    own.layer.backward(dOutput.matrix(3, columns), saved, addingTo: dInput.matrix(3, columns))
    // L = y · dy, so dL/dx is what backward adds.
    let dy = DoubleMatrix(dOutput.matrix(3, columns))
    let expected = (0..<3).flatMap { row in
      CentralDifference.gradient(at: DoubleMatrix(own.input).row(row)) { x in
        zip(oracle(x, own.weight, own.bias), dy.row(row)).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    let sum = zip(before, expected).map { Double($0) + $1 }
    #expect(relativeDistance(dInput.matrix(3, columns).toArray(), sum) < 4 * Self.tolerance)
  }

  @Test func aConstantRowGivesTheBias() {
    var random = RandomValues(seed: 9)
    let own = Case(1, 7, &random)
    own.input.fill(3)
    let output = own.arena.matrix(1, 7)
    own.layer.forward(own.layer.makeSaved(for: own.input, in: own.arena), into: output)
    #expect(output.toArray() == own.layer.bias.matrix(1, 7).toArray())
  }
}
