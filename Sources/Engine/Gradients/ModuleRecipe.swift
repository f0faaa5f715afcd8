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
    /// L P Rᵀ of a P that must be formed first, since its entries are multiplied one by one or take another shape.
    case formedSketch
    /// B flat(P), summed over modules.
    case global
  }

  /// The rows of P that make one block: all, or those of an attention head.
  struct Part: Sendable {
    let name: String
    let outputs: Range<Int>
    /// Columns of the row.
    let place: Range<Int>
    /// The shape in which these entries are projected: that of P unless they are to be nearly square.
    let shape: (rows: Int, columns: Int)
    let left: FloatStorage?  // [p, rows of the shape]
    let right: FloatStorage?  // [p, its columns]; parts may share it

    func moved(to place: Range<Int>) -> Part {
      Part(name: name, outputs: outputs, place: place, shape: shape, left: left, right: right)
    }
  }

  /// With these parts alone.
  func keeping(_ parts: [Part]) -> ModuleRecipe {
    ModuleRecipe(description: description, columns: columns, normalizer: normalizer, form: form, parts: parts)
  }

  var inputs: Int { description.inputs }
  /// Entries of the parts.
  var size: Int { parts.reduce(0) { $0 + $1.outputs.count * columns } }
  var hasBiasColumn: Bool { columns > inputs }
  /// Whether the parts share their right matrix.
  var sharesRight: Bool { parts.allSatisfy { $0.right === parts[0].right } }
  /// Whether the bias is another factor's multiple than the weights' of the same output, and so needs its own sum.
  var hasOwnBias: Bool { hasBiasColumn && (form != .sketch || normalizer != nil) }
}
