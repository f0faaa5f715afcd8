import Foundation
import Testing

@testable import Engine

struct ActivationTests {
  /// f in float64, from its definition.
  private func oracle(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
    case .geluNew, .geluFast, .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .silu: x / (1 + exp(-x))
    case .relu: max(x, 0)
    }
  }

  /// f' by central differences; the kink of relu is avoided by the choice of inputs.
  private func slope(_ activation: Activation, _ x: Double) -> Double {
    CentralDifference.derivative(0, at: [x]) { oracle(activation, $0[0]) }
  }

  private func forward(_ activation: Activation, _ x: [Float]) -> [Float] {
    let (input, output) = (FloatStorage(x), FloatStorage(count: x.count))
    activation.forward(input.matrix(1, x.count), into: output.matrix(1, x.count))
    return output.matrix(1, x.count).toArray()
  }

  private func backward(_ activation: Activation, _ x: [Float], _ dy: [Float]) -> [Float] {
    let (input, gradient) = (FloatStorage(x), FloatStorage(dy))
    activation.backward(input: input.matrix(1, x.count), gradient: gradient.matrix(1, x.count))
    return gradient.matrix(1, x.count).toArray()
  }

  /// -12 to 12 in steps that miss 0, and an odd number of them.
  private static let grid = (0..<2401).map { Float($0) * 0.01 - 12.003 }

  // erf is approximated to 1.5e-7 and multiplied by x / 2; the other functions are closer.
  private static let tolerance = 2.5e-7

  @Test(arguments: Activation.allCases) func forwardEqualsTheOracle(activation: Activation) {
    for (x, y) in zip(Self.grid, forward(activation, Self.grid)) {
      let error = abs(Double(y) - oracle(activation, Double(x)))
      #expect(error <= Self.tolerance * max(1, abs(Double(x))), "\(activation.rawValue)(\(x)) = \(y)")
    }
  }

  @Test(arguments: Activation.allCases) func backwardMultipliesByTheOraclesDerivative(activation: Activation) {
    let dy = Self.grid.indices.map { Float($0 % 5) - 2 }
    for (i, dx) in backward(activation, Self.grid, dy).enumerated() {
      let x = Double(Self.grid[i])
      let expected = slope(activation, x) * Double(dy[i])
      #expect(abs(Double(dx) - expected) <= 2 * Self.tolerance * max(1, abs(x)), "\(activation.rawValue)'(\(x))")
    }
  }

  @Test(arguments: Activation.allCases, [1, 3, 7, 17, 33, 65, 130])
  func theRemainderOfAVectorIsTreatedAsTheRest(activation: Activation, count: Int) {
    let whole = forward(activation, Self.grid)
    #expect(forward(activation, Array(Self.grid[1000..<1000 + count])) == Array(whole[1000..<1000 + count]))
  }

  @Test(arguments: Activation.allCases) func extremeInputsHaveTheirLimits(activation: Activation) {
    let tiny = Float.leastNonzeroMagnitude
    let x: [Float] = [1e4, -1e4, 0, -0.0, tiny, -tiny, .leastNormalMagnitude, -.leastNormalMagnitude]
    let y = forward(activation, x)
    let slopes = backward(activation, x, [Float](repeating: 1, count: x.count))
    #expect((y + slopes).allSatisfy { $0.isFinite }, "\(y) \(slopes)")
    // f(x) -> x and f'(x) -> 1 upwards, both to 0 downwards, f(0) = 0.
    #expect(y[0] == 1e4 && abs(y[1]) < 1e-30 && y[2] == 0 && y[3] == 0)
    #expect(slopes[0] == 1 && abs(slopes[1]) < 1e-30)
    #expect(y[4...].allSatisfy { abs($0) <= .leastNormalMagnitude })
    if activation != .relu { #expect(slopes[2...].allSatisfy { abs($0 - 0.5) < 1e-6 }) }
  }

  @Test(arguments: Activation.allCases) func notANumberIsNotHidden(activation: Activation) {
    #expect(forward(activation, [.nan, 1])[0].isNaN)
  }
}
