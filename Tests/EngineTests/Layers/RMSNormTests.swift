import Testing

@testable import Engine

struct RMSNormTests {
  private static let epsilon = 1e-5
  private static let columns = [1, 3, 7, 17, 33, 65, 130]

  /// y = x / sqrt(mean(x²) + epsilon) * weight of one row.
  private func oracle(_ x: [Double], _ weight: [Double]) -> [Double] {
    let root = (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + Self.epsilon).squareRoot()
    return zip(x, weight).map { $0 / root * $1 }
  }

  private struct Case {
    let layer: RMSNorm
    let input: Matrix
    let arena = Arena(chunkFloats: 1024)

    init(_ rows: Int, _ columns: Int, _ random: inout RandomValues) {
      layer = RMSNorm(weight: random.storage(columns, 2), epsilon: Float(RMSNormTests.epsilon))
      input = random.storage(rows * columns, 2).matrix(rows, columns)
    }

    var weight: [Double] { DoubleMatrix(layer.weight.matrix(1, layer.weight.count)).values }
  }

  // Float32 sums over at most 130 columns, kept in lanes, and a division by a root of order 1: a few ulp.
  private static let tolerance = 1e-6

  @Test(arguments: columns) func forwardEqualsTheOracle(columns: Int) {
    var random = RandomValues(seed: UInt64(columns))
    let own = Case(5, columns, &random)
    let output = own.arena.matrix(5, columns)
    own.layer.forward(own.layer.makeSaved(for: own.input, in: own.arena), into: output)
    let expected = (0..<5).flatMap { oracle(DoubleMatrix(own.input).row($0), own.weight) }
    #expect(relativeDistance(output.toArray(), expected) < Self.tolerance)
  }

  @Test(arguments: columns) func backwardAddsTheDerivativeOfTheOracle(columns: Int) {
    var random = RandomValues(seed: UInt64(columns) + 1000)
    let own = Case(3, columns, &random)
    let dOutput = random.storage(3 * columns).matrix(3, columns)
    let before = random.floats(3 * columns)
    let dInput = FloatStorage(before).matrix(3, columns)
    let saved = own.layer.makeSaved(for: own.input, in: own.arena)
    own.layer.forward(saved, into: own.arena.matrix(3, columns))
    own.layer.backward(dOutput, saved, addingTo: dInput)
    // L = y · dy, so dL/dx is what backward adds.
    let expected = (0..<3).flatMap { row in
      CentralDifference.gradient(at: DoubleMatrix(own.input).row(row)) { x in
        zip(oracle(x, own.weight), DoubleMatrix(dOutput).row(row)).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    let sum = zip(before, expected).map { Double($0) + $1 }
    #expect(relativeDistance(dInput.toArray(), sum) < 4 * Self.tolerance)
  }

  @Test func aRowOfZerosStaysZeroAndHasAFiniteGradient() {
    var random = RandomValues(seed: 9)
    let own = Case(1, 7, &random)
    own.input.fill(0)
    let saved = own.layer.makeSaved(for: own.input, in: own.arena)
    let (output, dInput) = (own.arena.matrix(1, 7), own.arena.matrix(1, 7, zeroed: true))
    own.layer.forward(saved, into: output)
    #expect(output.toArray().allSatisfy { $0 == 0 })
    // At zero, y is x / sqrt(epsilon) * weight.
    let ones = own.arena.matrix(1, 7)
    ones.fill(1)
    own.layer.backward(ones, saved, addingTo: dInput)
    let expected = own.weight.map { $0 / Self.epsilon.squareRoot() }
    #expect(relativeDistance(dInput.toArray(), expected) < Self.tolerance)
  }
}
