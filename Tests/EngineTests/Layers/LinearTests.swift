import Testing

@testable import Engine

struct LinearTests {
  // Sums of at most 130 float32 products of order 1.
  private static let tolerance = 1e-6

  @Test(arguments: [(1, 1, 1), (3, 7, 17), (17, 33, 7), (65, 130, 33), (2, 3, 65)], [true, false])
  func forwardAndBackwardEqualTheAlgebra(size: (rows: Int, outputs: Int, inputs: Int), hasBias: Bool) {
    var random = RandomValues(seed: UInt64(size.rows))
    let layer = Linear(
      weight: random.storage(size.outputs * size.inputs), bias: hasBias ? random.storage(size.outputs) : nil,
      outputs: size.outputs, inputs: size.inputs)
    let weight = DoubleMatrix(layer.weight)
    // Views into wider rows, as heads are.
    let (x, dy) = (random.storage(size.rows * (size.inputs + 3)), random.storage(size.rows * size.outputs))
    let input = Matrix(base: x.base, rows: size.rows, columns: size.inputs, stride: size.inputs + 3, owner: x)
    let result = FloatStorage(count: size.rows * size.outputs)
    layer.forward(input, into: result.matrix(size.rows, size.outputs))
    // y = x Wᵀ + b
    let bias = DoubleMatrix(size.rows, size.outputs) { _, column in layer.bias.map { Double($0.base[column]) } ?? 0 }
    let expected = DoubleMatrix(input) * weight.transposed + bias
    #expect(relativeDistance(result.matrix(size.rows, size.outputs).toArray(), expected.values) < Self.tolerance)

    // dx = dy W
    let dInput = FloatStorage([Float](repeating: .nan, count: size.rows * size.inputs))
    let dOutput = dy.matrix(size.rows, size.outputs)
    layer.backward(dOutput, into: dInput.matrix(size.rows, size.inputs))
    let gradient = DoubleMatrix(dOutput) * weight
    #expect(relativeDistance(dInput.matrix(size.rows, size.inputs).toArray(), gradient.values) < Self.tolerance)
    layer.backward(dOutput, into: dInput.matrix(size.rows, size.inputs), accumulate: true)
    let twice = 2 * gradient
    #expect(relativeDistance(dInput.matrix(size.rows, size.inputs).toArray(), twice.values) < Self.tolerance)
  }

  @Test func aWeightOfAnotherShapeIsAMistake() async {
    await #expect(processExitsWith: .failure) {
      _ = Linear(weight: FloatStorage(count: 5), bias: nil, outputs: 2, inputs: 3)
    }
  }
}
