import Foundation

/// A power of a Kronecker-factored Hessian, ready to be applied to a module's whole gradients:
/// P -> Q_G (f(λ) ∘ (Q_Gᵀ P Q_A)) Q_Aᵀ.
package struct KroneckerInverse: Sendable {
  package let outputs: Int
  package let columns: Int
  private let activationVectors: FloatStorage
  private let gradientVectors: FloatStorage
  /// f(λ) [O, I].
  private let multipliers: FloatStorage

  /// Reads one module.
  ///
  /// - Throws: `HessianError`, `SafetensorsError`.
  package init(
    _ stores: KroneckerStores, module: String, size: Int, power: HessianPower, inversion: InversionConfig
  ) throws {
    guard stores.gradientValues.contains(module), stores.activationValues.contains(module) else {
      throw HessianError.notFactored(directory: stores.directory.path, module: module)
    }
    outputs = try stores.gradientValues.rowCount(module)
    columns = try stores.activationValues.rowCount(module)
    guard outputs * columns == size else {
      throw HessianError.otherSize(
        directory: stores.directory.path, module: module, size: size, expected: outputs * columns)
    }
    activationVectors = try stores.activationVectors.tensor(module, shape: [columns, columns])
    gradientVectors = try stores.gradientVectors.tensor(module, shape: [outputs, outputs])
    multipliers = try stores.eigenvalues.tensor(module, shape: [outputs, columns])
    let spectrum = UnsafeBufferPointer(start: multipliers.base, count: size).map { max(Double($0), 0) }
    var inverse: [Double]
    switch inversion.inversion {
    case .factoredTikhonov:
      guard !stores.corrected else {
        throw HessianError.inversion(
          .factoredTikhonov, reason: "corrected eigenvalues are no products of the factors'; leave --ev_correction away"
        )
      }
      inverse = inversion.factoredTikhonov(
        spectrum, gradient: try stores.gradientValues.doubles(module, count: outputs),
        activation: try stores.activationValues.doubles(module, count: columns))
    case .meanAbsDamped:
      throw HessianError.inversion(.meanAbsDamped, reason: "its entries are never formed; use damped_inverse")
    default:
      inverse = inversion.inverse(ofSpectrum: spectrum, meanAbsoluteEntry: 0)
    }
    if case .inverseSquareRoot = power { inverse = inverse.map { $0.squareRoot() } }
    for (i, value) in inverse.enumerated() { multipliers.base[i] = Float(value) }
  }

  /// Replaces rows [n, O I] by rows H^power, in place.
  package func apply(to rows: Matrix, arena: Arena) {
    precondition(rows.columns == outputs * columns)
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let qa = activationVectors.matrix(columns, columns)
    let qg = gradientVectors.matrix(outputs, outputs)
    let half = arena.matrix(outputs, columns)
    let rotated = arena.matrix(outputs, columns)
    for r in 0..<rows.rows {
      let gradient = rows.rows(r..<r + 1).reshaped(outputs, columns)
      multiply(gradient, qa, into: half)
      multiply(qg.transposed, half, into: rotated)
      rotated.multiply(by: multipliers.matrix(outputs, columns))
      multiply(qg, rotated, into: half)
      multiply(half, qa.transposed, into: gradient)
    }
  }
}

/// The stores of a Hessian that an inverse is made of, opened once for all modules.
package struct KroneckerStores: Sendable {
  let directory: URL
  let corrected: Bool
  let activationVectors: KroneckerFiles.Opened
  let gradientVectors: KroneckerFiles.Opened
  let activationValues: KroneckerFiles.Opened
  let gradientValues: KroneckerFiles.Opened
  let eigenvalues: KroneckerFiles.Opened

  /// - Parameter corrected: take the corrected eigenvalues (EK-FAC) instead of the factors' products.
  /// - Throws: `HessianError` for what is not there, `SafetensorsError`.
  package init(_ files: KroneckerFiles, corrected: Bool) throws {
    directory = files.directory
    self.corrected = corrected
    activationVectors = try files.open(.activationVectors)
    gradientVectors = try files.open(.gradientVectors)
    activationValues = try files.open(.activationValues)
    gradientValues = try files.open(.gradientValues)
    do {
      eigenvalues = try files.open(corrected ? .correction : .eigenvalues)
    } catch HessianError.missing where corrected {
      throw HessianError.uncorrected(directory: directory.path)
    }
  }
}

extension InversionConfig {
  /// 1 / (λ + π √δ λ_G + √δ/π λ_A + δ) with δ = c mean λ and π = √(mean λ_A / mean λ_G): the damping is split over the
  /// two factors (Martens & Grosse 2015, section 6.3). `spectrum` is [O, I], row-major, and not negative.
  fileprivate func factoredTikhonov(_ spectrum: [Double], gradient: [Double], activation: [Double]) -> [Double] {
    func mean(_ values: [Double]) -> Double { values.reduce(0) { $0 + max($1, 0) } / Double(max(values.count, 1)) }
    let damping = dampingFactor * mean(spectrum)
    let ratio = mean(gradient) > 0 ? (mean(activation) / mean(gradient)).squareRoot() : 0
    guard damping > 0, ratio > 0 else { return spectrum.map { $0 > 0 ? 1 / $0 : 0 } }
    let root = damping.squareRoot()
    return spectrum.enumerated().map { i, value in
      let (o, j) = i.quotientAndRemainder(dividingBy: activation.count)
      return 1 / (value + ratio * root * max(gradient[o], 0) + root / ratio * max(activation[j], 0) + damping)
    }
  }
}

extension KroneckerFiles.Opened {
  fileprivate func rowCount(_ name: String) throws -> Int {
    try files.reduce(0) { sum, file in
      let shape = try file.shape(of: name)
      guard shape.count == 1 else {
        throw HessianError.shape(file: file.url.path, module: name, shape: shape, expected: [0])
      }
      return sum + shape[0]
    }
  }

  fileprivate func doubles(_ name: String, count: Int) throws -> [Double] {
    let values = try tensor(name, shape: [count])
    return UnsafeBufferPointer(start: values.base, count: count).map(Double.init)
  }
}
