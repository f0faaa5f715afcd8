import Foundation
import Testing

@testable import Engine

struct SoftCapTests {
  /// -40 to 40, past both ends of what bends, in rows of a wider matrix.
  private static func values() -> (storage: FloatStorage, matrix: Matrix) {
    let values: [Float] = (0..<5 * 170).map { Float($0 % 170) * 0.48 - 40.3 }
    let storage = FloatStorage(values)
    return (storage, storage.matrix(5, 170).columns(1..<168))
  }

  // tanh to a few ulp, times the limit.
  private static let tolerance = 5e-7

  @Test(arguments: [Float(0.5), 4, 30, 1000], [Float(1), 0.25]) func forwardEqualsTheDefinition(
    limit: Float, scale: Float
  ) {
    let (storage, matrix) = Self.values()
    let before = DoubleMatrix(matrix)
    SoftCap(limit: limit).forward(matrix, scale: scale)
    let expected = before.values.map { Double(limit) * tanh(Double(scale) * $0 / Double(limit)) }
    for (own, value) in zip(matrix.toArray(), expected) {
      #expect(abs(Double(own) - value) <= Self.tolerance * max(abs(value), 1e-3), "\(own), expected \(value)")
    }
    // Columns beside the view are not touched.
    #expect(storage.base[0] == -40.3 && storage.base[169] == Float(169) * 0.48 - 40.3)
  }

  @Test(arguments: [Float(0.5), 4, 30], [Float(1), 0.25]) func backwardMultipliesByTheDerivative(
    limit: Float, scale: Float
  ) {
    let (storage, matrix) = Self.values()
    let x = DoubleMatrix(matrix).values
    var random = RandomValues(seed: 1)
    let gradient = random.storage(5 * 170).matrix(5, 170).columns(2..<169)
    let dy = DoubleMatrix(gradient).values
    let cap = SoftCap(limit: limit)
    cap.forward(matrix, scale: scale)
    cap.backward(output: matrix, gradient: gradient, scale: scale)
    for (i, own) in gradient.toArray().enumerated() {
      let slope = CentralDifference.derivative(0, at: [x[i]]) { v in
        Double(limit) * tanh(Double(scale) * v[0] / Double(limit))
      }
      // 1 - t² cancels where t is near 1: there the error is an ulp of 1 instead of one of the slope.
      #expect(abs(Double(own) - slope * dy[i]) <= 1e-6 * Double(scale), "at \(x[i]): \(own)")
    }
    withExtendedLifetime(storage) {}
  }

  @Test func notANumberIsNotHidden() {
    let storage = FloatStorage([.nan, 1])
    SoftCap(limit: 2).forward(storage.matrix(1, 2))
    #expect(storage.base[0].isNaN && storage.base[1].isFinite)
  }
}
