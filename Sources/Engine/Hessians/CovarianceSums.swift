import Foundation

/// The two Kronecker factors of every module, summed over batches, before they are divided by anything.
///
/// With a the inputs [T, I] of a module, g the gradients [T, O] of its outputs, P = gᵀ a the gradient of a batch:
///
/// - `kfac` (Martens & Grosse 2015): Σ aᵀa and Σ gᵀg.
/// - `tkfac` (Gao et al. 2021): Σ aᵀa tr(gᵀg) and Σ gᵀg tr(aᵀa), the traces being a batch's.
/// - `shampoo` (Gupta et al. 2018): Σ PᵀP, divided by its trace in the end, and Σ PPᵀ.
///
/// Positions are all but the last of each document, which predicts nothing and whose g is zero.
package final class CovarianceSums: Sendable {
  package let method: KroneckerMethod
  package let modules: [HessianModule]
  let sums: [Int: (activation: OrderedSum, gradient: OrderedSum)]

  package init(method: KroneckerMethod, modules: [HessianModule]) {
    self.method = method
    self.modules = modules
    sums = Dictionary(
      uniqueKeysWithValues: modules.map { module in
        let (inputs, outputs) = (module.columns, module.outputs)
        return (
          module.index,
          (OrderedSum(rows: inputs, columns: inputs), OrderedSum(rows: outputs, columns: outputs))
        )
      })
  }

  package func abandon() {
    for (activation, gradient) in sums.values {
      activation.abandon()
      gradient.abandon()
    }
  }

  /// A module's factors, which are then given away.
  package func take(_ module: HessianModule) -> (activation: SymmetricMatrix, gradient: SymmetricMatrix) {
    guard let pair = sums[module.index] else { preconditionFailure("no sums of \(module.name)") }
    var activation = SymmetricMatrix(order: module.columns, values: pair.activation.take())
    var gradient = SymmetricMatrix(order: module.outputs, values: pair.gradient.take())
    activation.mirror()
    gradient.mirror()
    if method == .shampoo {
      let trace = (0..<activation.order).reduce(0) { $0 + activation[$1, $1] }
      if trace > 0 { activation.scale(by: 1 / trace) }
    }
    return (activation, gradient)
  }
}

/// A module whose curvature is approximated.
package struct HessianModule: Sendable, Hashable {
  /// Index into `CausalLM.modules`.
  package let index: Int
  package let name: String
  package let outputs: Int
  package let inputs: Int
  package let hasBiasColumn: Bool

  package init(index: Int, _ description: ModuleDescription, includeBias: Bool) {
    self.index = index
    name = description.name
    outputs = description.outputs
    inputs = description.inputs
    hasBiasColumn = includeBias && description.hasBias
  }

  /// Columns of the gradient matrix: inputs, and one for the bias.
  package var columns: Int { inputs + (hasBiasColumn ? 1 : 0) }
}

/// How a module's Hessian is approximated by a Kronecker product.
package enum KroneckerMethod: String, Sendable, CaseIterable {
  case kfac, tkfac, shampoo
}
