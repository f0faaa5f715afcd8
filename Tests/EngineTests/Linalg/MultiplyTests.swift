import Testing

@testable import Engine

struct MultiplyTests {
  /// A factor as it lies in memory: transposed or not, its rows further apart than they are long.
  private struct Stored {
    let storage: FloatStorage
    let matrix: Matrix

    init(_ rows: Int, _ columns: Int, padding: Int, _ random: inout RandomValues) {
      storage = random.storage(max(rows, 1) * (columns + padding))
      matrix = Matrix(base: storage.base, rows: rows, columns: columns, stride: columns + padding, owner: storage)
    }
  }

  private static let sizes = [
    (1, 1, 1), (3, 7, 1), (1, 33, 17), (7, 1, 3), (17, 33, 7), (33, 65, 130), (130, 17, 65), (65, 130, 3),
  ]

  @Test(arguments: sizes, [(false, false), (false, true), (true, false), (true, true)])
  func productEqualsTheNaiveOne(size: (Int, Int, Int), transposes: (Bool, Bool)) {
    let (m, k, n) = size
    var random = RandomValues(seed: UInt64(m * 10_000 + k * 100 + n))
    for padding in [0, 5] {
      for accumulate in [false, true] {
        for scale in [Float(1), -0.75] {
          let a = transposes.0 ? Stored(k, m, padding: padding, &random) : Stored(m, k, padding: padding, &random)
          let b = transposes.1 ? Stored(n, k, padding: padding, &random) : Stored(k, n, padding: padding, &random)
          let c = Stored(m, n, padding: padding, &random)
          // What is not accumulated to must not be read: NaN times zero is NaN.
          if !accumulate { c.matrix.fill(.nan) }
          let before = c.storage.matrix(1, c.storage.count).toArray()

          let left = transposes.0 ? DoubleMatrix(a.matrix).transposed : DoubleMatrix(a.matrix)
          let right = transposes.1 ? DoubleMatrix(b.matrix).transposed : DoubleMatrix(b.matrix)
          let start = accumulate ? DoubleMatrix(c.matrix) : DoubleMatrix(m, n)
          let expected = Double(scale) * (left * right) + start
          // A sum of K products in any order errs by at most (K + 2) units of the last place of the sum of their sizes
          // (Higham 2002, section 3.1), 2 being the scale and the addition to c.
          let bound = Double(k + 2) * 0x1p-24 * (Double(abs(scale)) * (left.absolute * right.absolute) + start.absolute)
          switch transposes {
          case (false, false): multiply(a.matrix, b.matrix, into: c.matrix, scale: scale, accumulate: accumulate)
          case (false, true):
            multiply(a.matrix, b.matrix.transposed, into: c.matrix, scale: scale, accumulate: accumulate)
          case (true, false):
            multiply(a.matrix.transposed, b.matrix, into: c.matrix, scale: scale, accumulate: accumulate)
          case (true, true):
            multiply(a.matrix.transposed, b.matrix.transposed, into: c.matrix, scale: scale, accumulate: accumulate)
          }
          for row in 0..<m {
            for column in 0..<n {
              let error = abs(Double(c.matrix[row, column]) - expected[row, column])
              #expect(error <= bound[row, column], "\(size), \(transposes), entry (\(row), \(column))")
            }
          }
          for i in 0..<c.storage.count where i % c.matrix.stride >= n {
            #expect(c.storage.base[i] == before[i], "a value between the rows of the result was written")
          }
        }
      }
    }
  }

  @Test func anEmptySumIsZeroOrWhatWasThere() {
    let storage = FloatStorage([1, 2, 3, 4])
    let c = storage.matrix(2, 2)
    let nothing = FloatStorage(count: 0)
    multiply(nothing.matrix(2, 0), nothing.matrix(0, 2), into: c, accumulate: true)
    #expect(c.toArray() == [1, 2, 3, 4])
    multiply(nothing.matrix(2, 0), nothing.matrix(0, 2), into: c)
    #expect(c.toArray() == [0, 0, 0, 0])
  }

  @Test func factorsThatDoNotFitAreAMistake() async {
    await #expect(processExitsWith: .failure) {
      let a = FloatStorage(count: 6)
      multiply(a.matrix(2, 3), a.matrix(2, 3), into: FloatStorage(count: 6).matrix(2, 3))
    }
  }
}
