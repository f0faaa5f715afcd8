import Foundation
import Testing

@testable import Engine

struct RotaryEmbeddingTests {
  private static let base = 10_000.0

  /// The turn by definition: column i and i + d/2 by position / base^(2i / d), angles rounded to float32.
  private func oracle(_ x: DoubleMatrix, dimensions: Int) -> DoubleMatrix {
    var y = x
    for position in 0..<x.rows {
      for i in 0..<dimensions / 2 {
        let frequency = Float(1) / Float(pow(Self.base, Double(Float(2 * i) / Float(dimensions))))
        let angle = Double(Float(position) * frequency)
        let (a, b) = (x[position, i], x[position, i + dimensions / 2])
        y[position, i] = a * cos(angle) - b * sin(angle)
        y[position, i + dimensions / 2] = b * cos(angle) + a * sin(angle)
      }
    }
    return y
  }

  /// Sine and cosine are rounded to float32, then two products and a sum.
  private static let tolerance = 2e-7

  /// Heads inside of wider rows, of which only `dimensions` columns turn.
  private func head(_ rows: Int, _ columns: Int, seed: UInt64) -> (FloatStorage, Matrix) {
    var random = RandomValues(seed: seed)
    let storage = random.storage(rows * (columns + 3))
    return (storage, storage.matrix(rows, columns + 3).columns(1..<columns + 1))
  }

  @Test(arguments: [1, 3, 7, 17, 33, 65, 130], [2, 6, 8, 34]) func forwardEqualsTheOracle(rows: Int, dimensions: Int) {
    let (storage, x) = head(rows, dimensions + 2, seed: 1)
    let before = DoubleMatrix(storage.matrix(rows, dimensions + 5))
    let expected = oracle(DoubleMatrix(x), dimensions: dimensions)
    RotaryEmbedding(dimensions: dimensions, base: Self.base, positions: 130).forward(x)
    #expect(relativeDistance(x.toArray(), expected.values) < Self.tolerance)
    let after = DoubleMatrix(storage.matrix(rows, dimensions + 5))
    for r in 0..<rows {
      for c in [0, dimensions + 1, dimensions + 2, dimensions + 3, dimensions + 4] {
        #expect(after[r, c] == before[r, c], "column \(c) is not part of the turn")
      }
    }
    #expect(after.row(0) == before.row(0), "position 0 does not turn")
  }

  @Test(arguments: [1, 7, 65], [2, 8, 34]) func backwardIsTheTranspose(rows: Int, dimensions: Int) {
    let rotary = RotaryEmbedding(dimensions: dimensions, base: Self.base, positions: 130)
    let (xStorage, x) = head(rows, dimensions, seed: 2)
    let (yStorage, y) = head(rows, dimensions, seed: 3)
    func dot(_ a: DoubleMatrix, _ b: DoubleMatrix) -> Double { zip(a.values, b.values).reduce(0) { $0 + $1.0 * $1.1 } }
    let (x0, y0) = (DoubleMatrix(x), DoubleMatrix(y))
    rotary.forward(x)
    rotary.backward(y)
    // <R x, y> = <x, Rᵀ y>
    let size = (dot(x0, x0) * dot(y0, y0)).squareRoot()
    #expect(abs(dot(DoubleMatrix(x), y0) - dot(x0, DoubleMatrix(y))) <= Self.tolerance * size)
    // |R x| = |x|, and Rᵀ R x = x.
    #expect(abs(dot(DoubleMatrix(x), DoubleMatrix(x)) / dot(x0, x0) - 1) <= 2 * Self.tolerance)
    rotary.backward(x)
    #expect(relativeDistance(x.toArray(), x0.values) < 2 * Self.tolerance)
    withExtendedLifetime((xStorage, yStorage)) {}
  }

  @Test func withoutDimensionsNothingTurns() {
    let (storage, x) = head(5, 4, seed: 4)
    let before = x.toArray()
    let rotary = RotaryEmbedding(dimensions: 0, base: Self.base, positions: 8)
    rotary.forward(x)
    rotary.backward(x)
    #expect(x.toArray() == before)
    withExtendedLifetime(storage) {}
  }

  @Test func aDocumentBeyondTheTableIsAMistake() async {
    await #expect(processExitsWith: .failure) {
      RotaryEmbedding(dimensions: 2, base: 10_000, positions: 3).forward(FloatStorage(count: 8).matrix(4, 2))
    }
  }

  /// Longer documents turn by the other frequencies from their first token on, and magnitudes are factors.
  @Test(arguments: [4, 5, 9]) func longDocumentsTurnOtherwise(rows: Int) {
    let frequencies = RotaryFrequencies(
      values: [1, 0.5], magnitude: 1.5, long: .init(beyond: 4, values: [0.25, 0.125]))
    let (storage, x) = head(rows, 4, seed: 5)
    let before = DoubleMatrix(x)
    let rotary = RotaryEmbedding(frequencies, positions: 9)
    rotary.forward(x)
    let turns = rows > 4 ? [0.25, 0.125] : [1, 0.5]
    let expected = DoubleMatrix(rows, 4) { position, column in
      let pair = column % 2
      let (a, b) = (before[position, pair], before[position, pair + 2])
      let angle = Double(position) * turns[pair]
      return 1.5 * (column < 2 ? a * cos(angle) - b * sin(angle) : b * cos(angle) + a * sin(angle))
    }
    #expect(relativeDistance(x.toArray(), expected.values) < Self.tolerance)
    // Rᵀ R = magnitude².
    rotary.backward(x)
    #expect(relativeDistance(x.toArray(), (2.25 * before).values) < 2 * Self.tolerance)
    withExtendedLifetime(storage) {}
  }

  /// Tables grow with the documents that come; what is turned does not depend on their order, nor on threads.
  @Test func theOrderOfDocumentsDoesNotMatter() async {
    let lengths = [300, 1, 700, 256, 257, 511, 3, 700]
    func turned(_ length: Int, _ rotary: RotaryEmbedding) -> [Float] {
      let (storage, x) = head(length, 6, seed: UInt64(length))
      rotary.forward(x)
      return withExtendedLifetime(storage) { x.toArray() }
    }
    let rotary = RotaryEmbedding(dimensions: 6, base: Self.base, positions: 700)
    await withTaskGroup(of: Bool.self) { group in
      for length in lengths {
        group.addTask {
          turned(length, rotary) == turned(length, RotaryEmbedding(dimensions: 6, base: Self.base, positions: 700))
        }
      }
      for await same in group { #expect(same) }
    }
  }
}
