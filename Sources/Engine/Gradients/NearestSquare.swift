/// `--reshape_to_square`: the shape of an m x n matrix's entries that is nearest to a square.
///
/// A sketch L P Rᵀ of p x p numbers keeps at most p directions of each side, and a low-rank adapter's matrix has only a
/// handful on one: in another shape the entries fill both.
enum NearestSquare {
  /// The factors a x b of m n that lie nearest to each other, a at most b; m x n itself where it is those already.
  static func shape(rows m: Int, columns n: Int) -> (rows: Int, columns: Int) {
    let count = m * n
    guard count > 0 else { return (m, n) }
    var a = Int(Double(count).squareRoot())
    while a * a > count { a -= 1 }
    while count % a != 0 { a -= 1 }
    return a == min(m, n) ? (m, n) : (a, count / a)
  }
}
