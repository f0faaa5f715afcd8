/// How one module's gradient P [O, columns] becomes blocks of a row.
struct ModuleRecipe: Sendable {
  let description: ModuleDescription
  /// Columns of P: inputs, and one for the bias.
  let columns: Int
  let normalizer: Normalizer?
  let form: Form
  let parts: [Part]

  enum Form: Sendable {
    /// L P Rᵀ as (g Lᵀ)ᵀ (a Rᵀ): P is never formed.
    case sketch
    /// P as it is.
    case whole
    /// L P Rᵀ of a P that must be formed first, since its entries are multiplied one by one.
    case formedSketch
    /// B flat(P), summed over modules.
    case global
  }

  /// The rows of P that make one block.
  struct Part: Sendable {
    let name: String
    let outputs: Range<Int>
    /// Columns of the row.
    let place: Range<Int>
    let left: FloatStorage?  // [p, outputs]
    let right: FloatStorage?  // [p, columns], of all parts the same storage unless the bias takes part
  }

  var inputs: Int { description.inputs }
  /// Entries of P.
  var size: Int { description.outputs * columns }
  var hasBiasColumn: Bool { columns > inputs }
  /// Whether the parts share their right matrix.
  var sharesRight: Bool { parts.allSatisfy { $0.right === parts[0].right } }
  /// Whether the bias is another factor's multiple than the weights' of the same output, and so needs its own sum.
  var hasOwnBias: Bool { hasBiasColumn && (form != .sketch || normalizer != nil) }
}
