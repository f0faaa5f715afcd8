/// The regularised inverses of a spectrum. With λ clamped at 0, c the damping factor and m the mean eigenvalue:
///
/// - `damped_inverse`, and `factored_tikhonov` for a matrix that has no Kronecker factors: 1 / (λ + c m)
/// - `absolute_damped_inverse`: 1 / (λ + c)
/// - `pseudoinverse`: 1 / λ where λ > c m, else 0
/// - `tikhonov_filtered`: λ / (λ² + α²), α = c m
/// - `mean_abs_damped`: 1 / (λ + c mean |H_ij|), as version 0.9.1 of the Python tool damped
extension InversionConfig {
  /// f(λ) for every eigenvalue. A preconditioner that acts on both sides takes the square root of this.
  ///
  /// - Parameter meanAbsoluteEntry: mean |H_ij|, needed by `mean_abs_damped` alone.
  package func inverse(ofSpectrum spectrum: [Double], meanAbsoluteEntry: @autoclosure () -> Double) -> [Double] {
    let clamped = spectrum.map { max($0, 0) }
    let mean = clamped.isEmpty ? 0 : clamped.reduce(0, +) / Double(clamped.count)
    let c = dampingFactor
    /// 1 / x, with nothing at all inverted to nothing: a spectrum of zeros has no direction to amplify.
    func reciprocal(_ x: Double) -> Double { x > 0 ? 1 / x : 0 }
    switch inversion {
    case .dampedInverse, .factoredTikhonov: return clamped.map { reciprocal($0 + c * mean) }
    case .absoluteDampedInverse: return clamped.map { reciprocal($0 + c) }
    case .pseudoinverse: return clamped.map { $0 > c * mean ? reciprocal($0) : 0 }
    case .tikhonovFiltered:
      let alpha = c * mean
      return clamped.map { $0 > 0 ? $0 / ($0 * $0 + alpha * alpha) : 0 }
    case .meanAbsDamped:
      let damping = c * meanAbsoluteEntry()
      return clamped.map { reciprocal($0 + damping) }
    }
  }
}

/// The power of the Hessian that a side of the inner product gets.
package enum HessianPower: Sendable {
  /// H^-1 on the query side alone.
  case inverse
  /// H^-1/2 on both sides, which unit norm needs: a cosine is taken between equals.
  case inverseSquareRoot
}
