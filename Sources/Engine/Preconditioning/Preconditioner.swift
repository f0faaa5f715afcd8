import Foundation

/// Applies a power of a Hessian to gradient rows, block by block: g -> g H^power.
package struct Preconditioner: Sendable {
  private struct BlockFactor: Sendable {
    let columns: Range<Int>
    let power: Power
  }

  private enum Power: Sendable {
    case dense(FloatStorage)
    case kronecker(KroneckerInverse)
  }

  private let factors: [BlockFactor]

  /// - Parameters:
  ///   - blocks: the layout of the rows; every block must have a Hessian of its size.
  ///   - source: the directory that the Hessian came from, for error messages.
  package init(
    _ hessian: AutocorrelationHessian, blocks: [GradientBlock], power: HessianPower, inversion: InversionConfig,
    source: String
  ) throws {
    let byName = Dictionary(uniqueKeysWithValues: hessian.blocks.map { ($0.name, $0) })
    factors = try blocks.map { block in
      guard let own = byName[AutocorrelationHessian.name(ofBlock: block.name)] else {
        throw PreconditionerError.blockMissing(directory: source, block: block.name)
      }
      guard own.matrix.order == block.size else {
        throw PreconditionerError.orderMismatch(
          directory: source, block: block.name, order: own.matrix.order, expected: block.size)
      }
      let meanAbsolute = { own.matrix.values.reduce(0) { $0 + abs($1) } / Double(max(own.matrix.values.count, 1)) }
      var spectrum = inversion.inverse(ofSpectrum: own.eigen.values, meanAbsoluteEntry: meanAbsolute())
      if case .inverseSquareRoot = power { spectrum = spectrum.map { $0.squareRoot() } }
      return BlockFactor(columns: block.columns, power: .dense(own.eigen.matrix(withSpectrum: spectrum)))
    }
  }

  /// The same of a Kronecker-factored Hessian; rows are whole gradients.
  package init(
    _ files: KroneckerFiles, blocks: [GradientBlock], power: HessianPower, inversion: InversionConfig, corrected: Bool
  ) throws {
    let stores = try KroneckerStores(files, corrected: corrected)
    factors = try blocks.map { block in
      BlockFactor(
        columns: block.columns,
        power: .kronecker(
          try KroneckerInverse(stores, module: block.name, size: block.size, power: power, inversion: inversion)))
    }
  }

  /// Reads the Hessian that a run of `preconditioners`, `build` or `hessian` left in a directory.
  ///
  /// - Parameter corrected: take the corrected eigenvalues of a Kronecker-factored one.
  package init(
    directory: String, blocks: [GradientBlock], power: HessianPower, inversion: InversionConfig, corrected: Bool = false
  ) throws {
    switch try StoredHessian(directory: URL(fileURLWithPath: directory)) {
    case .kronecker(let files):
      try self.init(files, blocks: blocks, power: power, inversion: inversion, corrected: corrected)
    case .autocorrelation(let directory):
      guard !corrected else { throw HessianError.uncorrected(directory: directory.path) }
      try self.init(
        AutocorrelationHessian(directory: directory), blocks: blocks, power: power, inversion: inversion,
        source: directory.path)
    }
  }

  /// Replaces rows [n, row width] by rows H^power, in place.
  package func apply(to rows: Matrix, arena: Arena) {
    for factor in factors {
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      let part = rows.columns(factor.columns)
      switch factor.power {
      case .dense(let matrix):
        let copy = arena.matrix(rows.rows, factor.columns.count)
        copy.copy(from: part)
        multiply(copy, matrix.matrix(factor.columns.count, factor.columns.count), into: part)
      case .kronecker(let inverse):
        inverse.apply(to: part, arena: arena)
      }
    }
  }
}

extension AutocorrelationHessian {
  /// The Python tool names the Hessian of the global target otherwise than its gradients.
  package static func name(ofBlock block: String) -> String {
    block == GradientRecipe.globalBlockName ? "joint" : block
  }
}
