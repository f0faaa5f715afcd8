import COpenBLAS

/// Dense products, which are OpenBLAS's. Every worker calls it on its own thread, so BLAS itself is held to one: two
/// levels of threads fight for the same cores and lose by orders of magnitude.
package enum BLAS {
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// Must have happened before the first product; cheap to call again.
  package static func useOneThread() { singleThreaded }

  /// Name of the kernels in use, such as `SkylakeX`: they decide speed and the last bits of every product.
  package static var kernels: String { String(cString: openblas_get_corename()) }

  package static var configuration: String { String(cString: openblas_get_config()) }
}

/// c = scale * op(a) op(b) + (accumulate ? c : 0), op transposing where asked.
package func multiply(
  _ a: Matrix, transposed transposeA: Bool = false, _ b: Matrix, transposed transposeB: Bool = false, into c: Matrix,
  scale: Float = 1, accumulate: Bool = false
) {
  let inner = transposeA ? a.rows : a.columns
  precondition(
    (transposeA ? a.columns : a.rows) == c.rows && (transposeB ? b.rows : b.columns) == c.columns
      && (transposeB ? b.columns : b.rows) == inner,
    "product of [\(a.rows), \(a.columns)]\(transposeA ? "ᵀ" : "") and [\(b.rows), \(b.columns)]\(transposeB ? "ᵀ" : "") into [\(c.rows), \(c.columns)]"
  )
  guard c.rows > 0, c.columns > 0 else { return }
  guard inner > 0 else {
    if !accumulate { c.fill(0) }
    return
  }
  BLAS.useOneThread()
  cblas_sgemm(
    CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
    blasint(c.rows), blasint(c.columns), blasint(inner), scale, a.base, blasint(max(a.stride, 1)),
    b.base, blasint(max(b.stride, 1)), accumulate ? 1 : 0, c.base, blasint(max(c.stride, 1)))
}
