/// A module's Kronecker-factored Hessian in its eigenbasis: H = (Q_G ⊗ Q_A) diag(λ) (Q_G ⊗ Q_A)ᵀ for gradients P [O, I],
/// of which it is never formed.
package struct KroneckerEigenbasis: Sendable {
  package let module: HessianModule
  /// Q_A [I, I] and Q_G [O, O], eigenvectors in columns.
  package let activationVectors: FloatStorage
  package let gradientVectors: FloatStorage
  /// Eigenvalues of the factors, ascending, scaled so that their products are those of the Hessian.
  package let activationValues: [Double]
  package let gradientValues: [Double]

  /// Decomposes the summed factors, in float64.
  ///
  /// The factors are means over T positions and the Hessian is a mean over N documents: A / T ⊗ S / T · T / N, of which
  /// either factor gets its half.
  package init(
    _ module: HessianModule, activation: consuming SymmetricMatrix, gradient: consuming SymmetricMatrix,
    positions: Int, documents: Int
  ) throws {
    self.module = module
    let scale = 1 / (Double(max(positions, 1)) * Double(max(documents, 1))).squareRoot()
    (activationVectors, activationValues) = try Self.decompose(activation, scale: scale)
    (gradientVectors, gradientValues) = try Self.decompose(gradient, scale: scale)
  }

  private static func decompose(
    _ sum: consuming SymmetricMatrix, scale: Double
  ) throws -> (vectors: FloatStorage, values: [Double]) {
    sum.scale(by: scale)
    let eigen = try sum.eigendecomposition()
    return (FloatStorage(eigen.vectors), eigen.values)
  }

  /// λ_G λ_Aᵀ [O, I], row-major.
  package var grid: [Double] { gradientValues.flatMap { g in activationValues.map { g * $0 } } }
}
