import Testing

@testable import Engine

struct LowRankUpdateTests {
  // Sums of at most 33 float32 products of order 1, one after the other.
  private static let tolerance = 1e-6
  private static let (rows, outputs, inputs, rank) = (5, 7, 33, 3)
  private static let scale: Float = 1.7

  private struct Operands {
    let a: DoubleMatrix
    let b: DoubleMatrix
    let bias: [Double]?
    let update: LowRankUpdate

    init(hasBias: Bool) {
      var random = RandomValues(seed: 3)
      let (a, b) = (random.storage(rank * inputs), random.storage(outputs * rank))
      let bias = hasBias ? random.storage(outputs) : nil
      self.a = DoubleMatrix(a.matrix(rank, inputs))
      self.b = DoubleMatrix(b.matrix(outputs, rank))
      self.bias = bias.map { bias in (0..<outputs).map { Double(bias.base[$0]) } }
      update = LowRankUpdate(
        module: "m", outputs: outputs, inputs: inputs, rank: rank, scale: scale, a: a, b: b, bias: bias)
    }

    /// s (x Aᵀ Bᵀ + b)
    func added(_ x: DoubleMatrix) -> DoubleMatrix {
      let product = x * a.transposed * b.transposed
      return DoubleMatrix(product.rows, product.columns) { (row: Int, column: Int) -> Double in
        Double(scale) * (product[row, column] + (bias?[column] ?? 0))
      }
    }
  }

  @Test(arguments: [false, true]) func forwardAddsTheScaledProduct(hasBias: Bool) {
    let operands = Operands(hasBias: hasBias)
    var random = RandomValues(seed: 4)
    let x = random.storage(Self.rows * Self.inputs).matrix(Self.rows, Self.inputs)
    let y = random.storage(Self.rows * Self.outputs).matrix(Self.rows, Self.outputs)
    let expected = DoubleMatrix(y) + operands.added(DoubleMatrix(x))
    let inner = FloatStorage(count: Self.rows * Self.rank).matrix(Self.rows, Self.rank)
    operands.update.reduce(x, into: inner)
    operands.update.expand(inner, addingTo: y)
    #expect(relativeDistance(y.toArray(), expected.values) < Self.tolerance)
    #expect(operands.update.descriptions.map(\.hasBias) == [false, hasBias])
    #expect(
      operands.update.parameters(firstModule: 0).map(\.count)
        == [Self.rank * Self.inputs, Self.outputs * Self.rank] + (hasBias ? [Self.outputs] : []))
  }

  /// L = Σ w ⊙ s (x Aᵀ Bᵀ), whose gradient with respect to y is w. dL/dx, and dL/dA = gᵀ x with the g that goes into A,
  /// against differences of L.
  @Test func backwardEqualsTheDerivative() {
    let operands = Operands(hasBias: false)
    var random = RandomValues(seed: 5)
    let x = random.storage(Self.rows * Self.inputs).matrix(Self.rows, Self.inputs)
    let w = random.storage(Self.rows * Self.outputs).matrix(Self.rows, Self.outputs)
    let (input, weights) = (DoubleMatrix(x), DoubleMatrix(w))
    func loss(_ x: DoubleMatrix, _ a: DoubleMatrix) -> Double {
      let y = Double(Self.scale) * (x * a.transposed * operands.b.transposed)
      return zip(y.values, weights.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let dInner = FloatStorage(count: Self.rows * Self.rank).matrix(Self.rows, Self.rank)
    let dx = random.storage(Self.rows * Self.inputs).matrix(Self.rows, Self.inputs)
    let before = DoubleMatrix(dx)
    operands.update.backwardExpand(w, into: dInner)
    operands.update.backwardReduce(dInner, addingTo: dx)

    let derivative = CentralDifference.gradient(at: input.values) {
      loss(DoubleMatrix(Self.rows, Self.inputs, $0), operands.a)
    }
    let expected = before + DoubleMatrix(Self.rows, Self.inputs, derivative)
    #expect(relativeDistance(dx.toArray(), expected.values) < Self.tolerance)
    let ofA = CentralDifference.gradient(at: operands.a.values) {
      loss(input, DoubleMatrix(Self.rank, Self.inputs, $0))
    }
    let gradient = DoubleMatrix(dInner).transposed * input
    #expect(relativeDistance(gradient.values.map(Float.init), ofA) < Self.tolerance)
  }
}
