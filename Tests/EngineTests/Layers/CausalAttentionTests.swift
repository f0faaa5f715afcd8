import Foundation
import Testing

@testable import Engine

struct CausalAttentionTests {
  private static let width = 4
  private static let scale: Float = 0.5
  private static let lengths = [1, 2, 63, 64, 65, 130]

  struct Variant: Sendable, CustomTestStringConvertible {
    var window: Int?
    var limit: Float?

    var attention: CausalAttention {
      CausalAttention(scale: scale, window: window, softCap: limit.map { SoftCap(limit: $0) })
    }
    var testDescription: String {
      "window \(window.map { "\($0)" } ?? "none"), limit \(limit.map { "\($0)" } ?? "none")"
    }
  }

  /// Windows of one position, inside of a block of 64 rows, of a block, across blocks and longer than any document.
  static let variants: [Variant] = [
    Variant(), Variant(window: 1), Variant(window: 5), Variant(window: 64), Variant(window: 65), Variant(window: 100),
    Variant(window: 1000), Variant(limit: 0.75), Variant(window: 70, limit: 0.75), Variant(limit: 50),
  ]

  /// softmax(cap(scale q kᵀ) + mask) v, row by row.
  private func oracle(_ q: DoubleMatrix, _ k: DoubleMatrix, _ v: DoubleMatrix, _ variant: Variant) -> DoubleMatrix {
    var context = DoubleMatrix(q.rows, v.columns)
    for row in 0..<q.rows {
      let seen = max(0, row - (variant.window ?? q.rows) + 1)...row
      let scores = seen.map { column in
        let score = (0..<q.columns).reduce(0) { $0 + q[row, $1] * k[column, $1] } * Double(Self.scale)
        return variant.limit.map { Double($0) * tanh(score / Double($0)) } ?? score
      }
      let largest = scores.reduce(-.infinity, max)
      let weights = scores.map { exp($0 - largest) }
      let sum = weights.reduce(0, +)
      for c in 0..<v.columns {
        context[row, c] = zip(weights, seen).reduce(0) { $0 + $1.0 * v[$1.1, c] } / sum
      }
    }
    return context
  }

  /// Query, key and value of one head inside of rows that hold two, and what attention makes of them.
  private struct Head {
    let qkv: FloatStorage
    let dQKV: FloatStorage
    let dContext: FloatStorage
    let length: Int
    let context: Matrix
    let logSumExp: UnsafeMutablePointer<Float>
    let arena = Arena(chunkFloats: 1 << 14)
    private let attention: CausalAttention

    init(_ length: Int, size: Float, seed: UInt64, _ variant: Variant = Variant()) {
      var random = RandomValues(seed: seed)
      attention = variant.attention
      self.length = length
      qkv = random.storage(length * 6 * width, size)
      dQKV = FloatStorage(count: length * 6 * width)
      dContext = random.storage(length * width)
      context = arena.matrix(length, width)
      logSumExp = arena.vector(length)
    }

    /// 0 query, 1 key, 2 value, of the second head.
    func part(_ index: Int, of storage: FloatStorage) -> Matrix {
      storage.matrix(length, 6 * width).columns((3 + index) * width..<(4 + index) * width)
    }

    func forward() {
      attention.forward(
        query: part(0, of: qkv), key: part(1, of: qkv), value: part(2, of: qkv), into: context, logSumExp: logSumExp,
        arena: arena)
    }

    func backward() {
      attention.backward(
        dContext: dContext.matrix(length, width), query: part(0, of: qkv), key: part(1, of: qkv),
        value: part(2, of: qkv), context: context, logSumExp: logSumExp, dQuery: part(0, of: dQKV),
        dKey: part(1, of: dQKV), dValue: part(2, of: dQKV), arena: arena)
    }
  }

  // Scores of order 1 with a rounding of a few ulp, exponentials to 1 ulp, averages of at most 130 values.
  private static let tolerance = 1e-6

  @Test(arguments: lengths, variants) func forwardEqualsTheOracle(length: Int, variant: Variant) {
    let head = Head(length, size: 1.5, seed: UInt64(length), variant)
    head.forward()
    let parts = (0..<3).map { DoubleMatrix(head.part($0, of: head.qkv)) }
    let expected = oracle(parts[0], parts[1], parts[2], variant)
    #expect(relativeDistance(head.context.toArray(), expected.values) < Self.tolerance)
    #expect((0..<length).allSatisfy { head.logSumExp[$0].isFinite })
  }

  @Test(arguments: lengths, variants) func backwardEqualsTheDerivativeOfTheOracle(length: Int, variant: Variant) {
    let head = Head(length, size: 1.5, seed: UInt64(length) + 1, variant)
    head.forward()
    head.backward()
    let parts = (0..<3).map { DoubleMatrix(head.part($0, of: head.qkv)) }
    let dContext = DoubleMatrix(head.dContext.matrix(length, Self.width))
    for index in 0..<3 {
      // Every entry of short documents, some of long ones: each costs two passes of the oracle.
      let entries = Array(stride(from: 0, to: length * Self.width, by: length > 2 ? 37 : 1))
      let expected = entries.map { entry in
        // L = context · dContext
        CentralDifference.derivative(entry, at: parts[index].values) { values in
          var moved = parts
          moved[index].values = values
          let context = oracle(moved[0], moved[1], moved[2], variant)
          return zip(context.values, dContext.values).reduce(0) { $0 + $1.0 * $1.1 }
        }
      }
      let own = head.part(index, of: head.dQKV).toArray()
      // At length 1 nothing depends on query and key: the distance is then absolute.
      #expect(relativeDistance(entries.map { own[$0] }, expected) < 4 * Self.tolerance, "part \(index)")
    }
    // The other head's columns are not ours.
    let whole = head.dQKV.matrix(length, 6 * Self.width)
    #expect(whole.columns(0..<3 * Self.width).toArray().allSatisfy { $0 == 0 })
  }

  @Test func theFutureIsNotSeen() {
    let head = Head(130, size: 1, seed: 7)
    head.forward()
    let before = head.context.rows(0..<100).toArray()
    for index in 0..<3 { head.part(index, of: head.qkv).rows(100..<130).fill(1000) }
    head.forward()
    #expect(head.context.rows(0..<100).toArray() == before)
  }

  @Test func extremeScoresDoNotOverflow() {
    // Scores up to 0.5 * 4 * 1e8: the exponential of none of them is a float32.
    let head = Head(65, size: 1e4, seed: 8)
    head.forward()
    head.backward()
    let gradients = (0..<3).flatMap { head.part($0, of: head.dQKV).toArray() }
    #expect((head.context.toArray() + gradients).allSatisfy { $0.isFinite })
    let parts = (0..<3).map { DoubleMatrix(head.part($0, of: head.qkv)) }
    let expected = oracle(parts[0], parts[1], parts[2], Variant())
    // Each row attends to one position only, so that scores' rounding does not matter.
    #expect(relativeDistance(head.context.toArray(), expected.values) < Self.tolerance)
  }
}
