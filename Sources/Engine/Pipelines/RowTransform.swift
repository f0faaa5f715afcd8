import CKernels
import Foundation

/// What happens to gradient rows after collection, in this order: preconditioner, unit norm. A zero row stays zero.
package struct RowTransform: Sendable {
  package let preconditioner: Preconditioner?
  package let unitNormalize: Bool

  package init(preconditioner: Preconditioner?, unitNormalize: Bool) {
    self.preconditioner = preconditioner
    self.unitNormalize = unitNormalize
  }

  package func apply(to rows: Matrix, arena: Arena) {
    preconditioner?.apply(to: rows, arena: arena)
    if unitNormalize { rows.normalizeRows() }
  }
}

extension RowTransform {
  /// The transform that a configuration asks for, its preconditioner read from disk. With unit norm the Hessian acts on
  /// both sides of a later product, so each gets its inverse square root.
  ///
  /// - Throws: `RecipeMismatch` if the preconditioner was fitted on gradients of another recipe than `processor`.
  package init(_ configuration: PreprocessConfig, blocks: [GradientBlock], processor: ProcessorConfig) throws {
    let preconditioner = try configuration.preconditionerPath.map { path in
      switch try StoredHessian(directory: URL(fileURLWithPath: path)) {
      case .autocorrelation(let directory):
        try RecipeMismatch.check(processor, against: directory.path, role: "preconditioner")
      case .kronecker:
        // Its factors are the model's own and know no projection; sizes tell whether the bias is in.
        guard processor.projectionDim == 0 else { throw HessianError.projected(directory: path) }
        guard processor.normalizers == nil else { throw HessianError.normalized(directory: path) }
      }
      return try Preconditioner(
        directory: path, blocks: blocks, power: configuration.unitNormalize ? .inverseSquareRoot : .inverse,
        inversion: configuration.inversionConfig, corrected: configuration.eigenvalueCorrection)
    }
    self.init(preconditioner: preconditioner, unitNormalize: configuration.unitNormalize)
  }
}

extension Matrix {
  /// Euclidean length.
  package func norm(ofRow r: Int) -> Double { ck_sum_of_squares(row(r), columns).squareRoot() }

  /// Scales every row to unit length; rows of zeros stay.
  package func normalizeRows() {
    for r in 0..<rows {
      var norm = norm(ofRow: r)
      if norm > 0, norm < Double(Float.leastNormalMagnitude) {
        // A document that the model knows by heart: 1 / norm is no float32. A power of two first, which is exact.
        ck_scale(row(r), 0x1p100, columns)
        norm *= 0x1p100
      }
      if norm > 0 { ck_scale(row(r), Float(1 / norm), columns) }
    }
  }
}
