import Foundation

/// One stretch of a gradient row: a module's flattened gradient, or the sum of all modules' sketches.
package struct GradientBlock: Sendable, Hashable {
  package let name: String
  package let columns: Range<Int>

  package var size: Int { columns.count }
}

/// How a document's gradient becomes a row: which modules, normalised how, with which sketch, where in the row.
///
/// A recipe is made once per run and shared by all workers; the matrices that it holds are read only.
package struct GradientRecipe: Sendable {
  /// The stretches of a row in order: one per module, or a single one for the global target.
  package let blocks: [GradientBlock]
  package let projectionDim: Int
  package let includeBias: Bool
  package let target: ProjectionTarget
  /// The modules that take part, as indices into `CausalLM.modules`, ascending.
  package let modules: [Int]
  let entries: [Int: ModuleRecipe]
  let projection: RandomProjection?

  /// Width of a row in floats.
  package var rowWidth: Int { blocks.last?.columns.upperBound ?? 0 }

  /// Whether rows are sums over modules.
  var isGlobal: Bool { target == .global && projection != nil }

  /// Rows that are held in memory at once: at most 40 MiB of them, and one in any case.
  var rowsThatFit: Int { max(1, (40 << 20) / max(rowWidth * MemoryLayout<Float>.stride, 1)) }

  /// The name that the Python tool gives to the only block of the global target.
  package static let globalBlockName = "gradients"

  /// - Parameters:
  ///   - modules: indices of the modules to attribute, ascending.
  ///   - projection: nil keeps gradients whole, [O, I] row-major with the bias as a last column.
  ///   - normalizers: by module name; modules without one are not normalised.
  /// - Precondition: normalizers have the sizes of their modules and, where biases are attributed, factors for them.
  package init(
    descriptions: [ModuleDescription], modules: [Int], projection: RandomProjection?, target: ProjectionTarget,
    includeBias: Bool, normalizers: [String: Normalizer] = [:]
  ) {
    self.modules = modules
    self.projection = projection
    self.target = target
    self.includeBias = includeBias
    projectionDim = projection?.dimension ?? 0
    var blocks: [GradientBlock] = []
    var entries: [Int: ModuleRecipe] = [:]
    var offset = 0
    for module in modules {
      let description = descriptions[module]
      let withBias = includeBias && description.hasBias
      let columns = description.inputs + (withBias ? 1 : 0)
      let normalizer = normalizers[description.name]
      precondition(normalizer?.fits(description, withBias: withBias) ?? true, "a normalizer of '\(description.name)'")
      let form = Self.form(projection, target, normalizer)
      let left: FloatStorage?
      let right: FloatStorage?
      let size: Int
      switch (form, projection) {
      case (.global, _): (left, right, size) = (nil, nil, projectionDim)
      case (.whole, _), (_, nil): (left, right, size) = (nil, nil, description.outputs * columns)
      case (.sketch, let projection?), (.formedSketch, let projection?):
        left = projection.matrix(module: description.name, side: .left, columns: description.outputs)
        right = projection.matrix(module: description.name, side: .right, columns: columns)
        size = projectionDim * projectionDim
      }
      let place = form == .global ? 0..<size : offset..<offset + size
      entries[module] = ModuleRecipe(
        description: description, columns: columns, normalizer: normalizer, form: form,
        parts: [
          ModuleRecipe.Part(
            name: description.name, outputs: 0..<description.outputs, place: place, left: left, right: right)
        ])
      if form != .global { blocks.append(GradientBlock(name: description.name, columns: place)) }
      offset = place.upperBound
    }
    if target == .global, let projection {
      blocks = [GradientBlock(name: Self.globalBlockName, columns: 0..<projection.dimension)]
    }
    self.blocks = blocks
    self.entries = entries
  }

  private static func form(
    _ projection: RandomProjection?, _ target: ProjectionTarget, _ normalizer: Normalizer?
  ) -> ModuleRecipe.Form {
    guard projection != nil else { return .whole }
    if target == .global { return .global }
    if case .elementwise = normalizer { return .formedSketch }
    return .sketch
  }

  /// Names of the modules that take part, in module order.
  package var moduleNames: [String] { modules.compactMap { entries[$0]?.description.name } }

  /// Number of the model's parameters that the rows speak of.
  package var attributedParameterCount: Int { entries.values.reduce(0) { $0 + $1.size } }
}

extension GradientRecipe {
  /// Numbers in a gradient row beyond which a run is refused rather than attempted: 16 GiB of float32.
  private static let widestRow = 0x1p32

  /// The recipe that a configuration asks for of a model.
  ///
  /// - Throws: `ModuleSelectionError`; `RecipeError` for a projection larger than any memory.
  package init(configuration: IndexConfig, model: any CausalLM) throws {
    let modules = try ModuleSelection(configuration).indices(in: model.modules)
    let p = Double(configuration.projectionDim)
    let width = configuration.projectionTarget == .global ? p : p * p * Double(modules.count)
    guard width <= Self.widestRow else {
      throw RecipeError.projectionTooLarge(dimension: configuration.projectionDim, numbers: width)
    }
    let projection =
      configuration.projectionDim == 0
      ? nil
      : RandomProjection(
        dimension: configuration.projectionDim, type: configuration.projectionType,
        scale: configuration.projectionScale, seed: configuration.projectionSeed,
        version: configuration.projectionVersion)
    self.init(
      descriptions: model.modules, modules: modules, projection: projection, target: configuration.projectionTarget,
      includeBias: configuration.includeBias)
  }
}

package enum RecipeError: Error, Equatable, CustomStringConvertible {
  case projectionTooLarge(dimension: Int, numbers: Double)

  package var description: String {
    switch self {
    case .projectionTooLarge(let dimension, let numbers):
      "--projection_dim \(dimension) would give every document a row of \(numbers) numbers; "
        + "choose a smaller one (16 is usual), or 0 for whole gradients"
    }
  }
}
