@testable import Engine

/// The oracle of numerical tests: a dense row-major matrix in float64, with the plainest product there is.
struct DoubleMatrix: Equatable {
  let rows: Int
  let columns: Int
  var values: [Double]

  init(_ rows: Int, _ columns: Int, _ values: [Double]) {
    precondition(values.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  init(_ rows: Int, _ columns: Int, _ value: (_ row: Int, _ column: Int) -> Double = { _, _ in 0 }) {
    self.init(rows, columns, (0..<rows * columns).map { value($0 / columns, $0 % columns) })
  }

  /// What float32 memory holds, exactly.
  init(_ matrix: Matrix) {
    self.init(matrix.rows, matrix.columns) { Double(matrix[$0, $1]) }
  }

  /// The values of a weight, whatever its width.
  init(_ weight: WeightMatrix) {
    let all = FloatStorage(count: weight.count).matrix(weight.rows, weight.columns)
    weight.widen(0..<weight.rows, into: all)
    self.init(all)
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  func row(_ index: Int) -> [Double] { Array(values[index * columns..<(index + 1) * columns]) }

  var transposed: DoubleMatrix { DoubleMatrix(columns, rows) { self[$1, $0] } }

  /// Entry by entry, for bounds on rounding.
  var absolute: DoubleMatrix { DoubleMatrix(rows, columns, values.map(abs)) }

  static func * (a: DoubleMatrix, b: DoubleMatrix) -> DoubleMatrix {
    precondition(a.columns == b.rows)
    var product = DoubleMatrix(a.rows, b.columns)
    for i in 0..<a.rows {
      for k in 0..<a.columns {
        for j in 0..<b.columns { product[i, j] += a[i, k] * b[k, j] }
      }
    }
    return product
  }

  static func + (a: DoubleMatrix, b: DoubleMatrix) -> DoubleMatrix {
    precondition(a.rows == b.rows && a.columns == b.columns)
    return DoubleMatrix(a.rows, a.columns, zip(a.values, b.values).map { $0 + $1 })
  }

  static func * (factor: Double, a: DoubleMatrix) -> DoubleMatrix {
    DoubleMatrix(a.rows, a.columns, a.values.map { factor * $0 })
  }
}

extension Matrix {
  /// The values in row-major order.
  func toArray() -> [Float] { (0..<rows * columns).map { self[$0 / columns, $0 % columns] } }
}

/// ‖a - b‖ / ‖b‖, or ‖a - b‖ where b is zero; infinite where the counts differ or a value is not finite.
func relativeDistance(_ a: some Collection<Float>, _ b: some Collection<Double>) -> Double {
  guard a.count == b.count else { return .infinity }
  var (difference, norm) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    difference += (Double(x) - y) * (Double(x) - y)
    norm += y * y
  }
  guard difference.isFinite, norm.isFinite else { return .infinity }
  return (norm > 0 ? difference / norm : difference).squareRoot()
}
