/// df/dx_i of a float64 function by central differences. With f of order 1 and h = 1e-5, truncation is of order 1e-10
/// and rounding 1e-11: far below what a float32 backward pass can be held to.
enum CentralDifference {
  private static let step = 1e-5

  static func derivative(_ i: Int, at x: [Double], of f: ([Double]) -> Double) -> Double {
    let h = step * max(1, abs(x[i]))
    var (above, below) = (x, x)
    above[i] += h
    below[i] -= h
    // The step that was really made: x + h rounds.
    return (f(above) - f(below)) / (above[i] - below[i])
  }

  static func gradient(at x: [Double], of f: ([Double]) -> Double) -> [Double] {
    x.indices.map { derivative($0, at: x, of: f) }
  }
}
