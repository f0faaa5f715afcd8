import CKernels
import COpenBLAS

/// A factor of a product: a matrix as it lies, or `matrix.transposed`.
package protocol Factor {
  var matrix: Matrix { get }
  var isTransposed: Bool { get }
}

extension Matrix: Factor {
  package var matrix: Matrix { self }
  package var isTransposed: Bool { false }
  /// The same memory, to be read as the transpose in a product.
  package var transposed: TransposedMatrix { TransposedMatrix(matrix: self) }
}

package struct TransposedMatrix: Factor {
  package let matrix: Matrix
  package var isTransposed: Bool { true }
}

extension Factor {
  fileprivate var rows: Int { isTransposed ? matrix.columns : matrix.rows }
  fileprivate var columns: Int { isTransposed ? matrix.rows : matrix.columns }
  fileprivate var operation: CBLAS_TRANSPOSE { isTransposed ? CblasTrans : CblasNoTrans }
}

/// c = scale * a b + (accumulate ? c : 0)
package func multiply(
  _ a: some Factor, _ b: some Factor, into c: Matrix, scale: Float = 1, accumulate: Bool = false
) {
  precondition(
    a.rows == c.rows && a.columns == b.rows && b.columns == c.columns,
    "product of [\(a.rows), \(a.columns)] and [\(b.rows), \(b.columns)] into [\(c.rows), \(c.columns)]")
  guard c.rows > 0, c.columns > 0 else { return }
  guard a.columns > 0 else {
    if !accumulate { c.fill(0) }
    return
  }
  BLAS.useOneThread()
  cblas_sgemm(
    CblasRowMajor, a.operation, b.operation, blasint(c.rows), blasint(c.columns), blasint(a.columns), scale,
    a.matrix.base, blasint(a.matrix.stride), b.matrix.base, blasint(b.matrix.stride), accumulate ? 1 : 0, c.base,
    blasint(c.stride))
}

/// c = aᵀ b of two rows: a is [1, m], b [1, n], c [m, n].
package func outerProduct(_ a: Matrix, _ b: Matrix, into c: Matrix) {
  precondition(a.rows == 1 && b.rows == 1 && a.columns == c.rows && b.columns == c.columns, "outer product")
  for r in 0..<c.rows {
    let row = c.row(r)
    row.update(from: b.base, count: c.columns)
    ck_scale(row, a.base[r], c.columns)
  }
}

/// c = rowsᵀ rows, upper triangle only; rows is [n, order], c [order, order].
package func gram(of rows: Matrix, into c: Matrix) {
  precondition(c.rows == rows.columns && c.columns == rows.columns, "Gram matrix of \(rows.columns) columns")
  guard c.rows > 0 else { return }
  BLAS.useOneThread()
  cblas_ssyrk(
    CblasRowMajor, CblasUpper, CblasTrans, blasint(c.rows), blasint(rows.rows), 1, rows.base, blasint(rows.stride), 0,
    c.base, blasint(c.stride))
}
