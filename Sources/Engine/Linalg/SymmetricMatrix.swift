import CKernels
import COpenBLAS
import Foundation

/// A symmetric matrix in float64, row-major and full: Gram matrices accumulate here.
package struct SymmetricMatrix: Sendable, Equatable {
  package let order: Int
  package var values: [Double]

  package init(order: Int) {
    self.order = order
    values = [Double](repeating: 0, count: order * order)
  }

  package init(order: Int, values: [Double]) {
    precondition(values.count == order * order, "\(values.count) values for order \(order)")
    self.order = order
    self.values = values
  }

  package subscript(row: Int, column: Int) -> Double { values[row * order + column] }

  /// self += rowsᵀ rows, upper triangle only; `mirror` completes it. rows is [n, order].
  package mutating func accumulateGram(of rows: Matrix) {
    precondition(rows.columns == order, "rows of \(rows.columns) for a Gram matrix of order \(order)")
    guard rows.rows > 0, order > 0 else { return }
    BLAS.useOneThread()
    var wide = [Double](repeating: 0, count: rows.rows * order)
    wide.withUnsafeMutableBufferPointer { buffer in
      for r in 0..<rows.rows { ck_widen(rows.row(r), buffer.baseAddress! + r * order, order) }
    }
    values.withUnsafeMutableBufferPointer { c in
      cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasTrans, blasint(order), blasint(rows.rows), 1, wide, blasint(order), 1,
        c.baseAddress, blasint(order))
    }
  }

  /// Copies the upper triangle onto the lower.
  package mutating func mirror() {
    for r in 0..<order {
      for c in 0..<r { values[r * order + c] = values[c * order + r] }
    }
  }

  package mutating func scale(by factor: Double) {
    for i in values.indices { values[i] *= factor }
  }

  /// Eigenvalues in ascending order with their vectors (LAPACK's divide and conquer, `dsyevd`).
  package func eigendecomposition() throws -> Eigendecomposition {
    BLAS.useOneThread()
    var vectors = values
    var eigenvalues = [Double](repeating: 0, count: order)
    guard order > 0 else { return Eigendecomposition(values: [], vectors: []) }
    let status = LAPACKE_dsyevd(
      LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), Int32(order), &vectors,
      Int32(order), &eigenvalues)
    // Infinite entries pass LAPACK's own check, which looks for NaN alone, and come out as NaN.
    guard status == 0, eigenvalues.allSatisfy(\.isFinite) else {
      throw LinearAlgebraError.eigendecompositionFailed(order: order, status: Int(status))
    }
    return Eigendecomposition(values: eigenvalues, vectors: vectors)
  }
}

/// H = Q diag(values) Qᵀ, Q's columns being the eigenvectors; `vectors` is Q row-major.
package struct Eigendecomposition: Sendable, Equatable {
  package var values: [Double]
  package var vectors: [Double]

  package init(values: [Double], vectors: [Double]) {
    self.values = values
    self.vectors = vectors
  }

  package var order: Int { values.count }

  /// Q diag(spectrum) Qᵀ, in float32 ready to be applied to rows; symmetric.
  package func matrix(withSpectrum spectrum: [Double]) -> FloatStorage {
    precondition(spectrum.count == order)
    let n = order
    let storage = FloatStorage(count: n * n)
    guard n > 0 else { return storage }
    BLAS.useOneThread()
    var scaled = vectors
    for r in 0..<n {
      for c in 0..<n { scaled[r * n + c] *= spectrum[c] }
    }
    var product = [Double](repeating: 0, count: n * n)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(n), blasint(n), blasint(n), 1, scaled, blasint(n), vectors,
      blasint(n), 0, &product, blasint(n))
    for i in 0..<n * n { storage.base[i] = Float(product[i]) }
    return storage
  }
}

package enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
  case eigendecompositionFailed(order: Int, status: Int)

  package var description: String {
    switch self {
    case .eigendecompositionFailed(let order, let status):
      "the eigendecomposition of a matrix of order \(order) failed (LAPACK dsyevd: \(status)); "
        + "it holds NaN or infinite values, or did not converge"
    }
  }
}
