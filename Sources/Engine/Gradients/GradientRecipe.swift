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
  /// The stretches of a row in order: one per module or attention head, or a single one for the global target.
  package private(set) var blocks: [GradientBlock] = []
  package let projectionDim: Int
  package let includeBias: Bool
  package let target: ProjectionTarget
  /// The modules that take part, as indices into `CausalLM.modules`, ascending.
  package private(set) var modules: [Int]
  private(set) var entries: [Int: ModuleRecipe] = [:]
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
  ///   - headSizes: outputs of an attention head, by the names of the modules that are split into heads.
  ///   - reshapesToSquare: project entries in a nearly square shape instead of [O, I].
  /// - Precondition: normalizers have the sizes of their modules and, where biases are attributed, factors for them; heads
  ///   cover their modules.
  package init(
    descriptions: [ModuleDescription], modules: [Int], projection: RandomProjection?, target: ProjectionTarget,
    includeBias: Bool, normalizers: [String: Normalizer] = [:], headSizes: [String: Int] = [:],
    reshapesToSquare: Bool = false
  ) {
    self.modules = modules
    self.projection = projection
    self.target = target
    self.includeBias = includeBias
    projectionDim = projection?.dimension ?? 0
    for module in modules {
      let description = descriptions[module]
      let withBias = includeBias && description.hasBias
      let normalizer = normalizers[description.name]
      precondition(normalizer?.fits(description, withBias: withBias) ?? true, "a normalizer of '\(description.name)'")
      let headSize = headSizes[description.name]
      precondition(headSize.map { $0 > 0 && description.outputs % $0 == 0 } ?? true, "heads of '\(description.name)'")
      let ownNormalizer = headSize.flatMap { normalizer?.split(intoHeadsOf: $0) } ?? normalizer
      entries[module] = ModuleRecipe(
        description, withBias: withBias, normalizer: ownNormalizer, headSize: headSize,
        reshapesToSquare: reshapesToSquare,
        projection: projection, target: target)
    }
    place()
  }

  /// Lays the parts of all modules out, one after the other.
  private mutating func place() {
    blocks = []
    for module in modules {
      guard let entry = entries[module] else { continue }
      let parts = entry.parts.map { part in
        guard !isGlobal else { return part.moved(to: 0..<projectionDim) }
        let size =
          projection == nil ? part.outputs.count * entry.columns : projectionDim * projectionDim
        let block = GradientBlock(name: part.name, columns: rowWidth..<rowWidth + size)
        blocks.append(block)
        return part.moved(to: block.columns)
      }
      entries[module] = entry.keeping(parts)
    }
    if isGlobal { blocks = [GradientBlock(name: Self.globalBlockName, columns: 0..<projectionDim)] }
  }

  /// The same recipe for fewer blocks, by name; a module that is split stands for all of its heads.
  ///
  /// - Throws: `ModuleSelectionError.unknownModule`.
  package func restricted(to names: [String]) throws -> GradientRecipe {
    let wanted = Set(names)
    var copy = self
    for (module, entry) in entries {
      let parts = entry.parts.filter { wanted.contains($0.name) || wanted.contains(entry.description.name) }
      copy.entries[module] = parts.isEmpty ? nil : entry.keeping(parts)
    }
    let known = Set(moduleNames + entries.values.map(\.description.name))
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw ModuleSelectionError.unknownModule(unknown, known: moduleNames)
    }
    copy.modules = modules.filter { copy.entries[$0] != nil }
    copy.place()
    return copy
  }

  /// Names of what takes part, in row order: modules, or their heads.
  package var moduleNames: [String] { modules.flatMap { entries[$0]?.parts.map(\.name) ?? [] } }

  /// Number of the model's parameters that the rows speak of.
  package var attributedParameterCount: Int { entries.values.reduce(0) { $0 + $1.size } }
}

extension ModuleRecipe {
  /// Parts are not placed in the row yet.
  fileprivate init(
    _ description: ModuleDescription, withBias: Bool, normalizer: Normalizer?, headSize: Int?, reshapesToSquare: Bool,
    projection: RandomProjection?, target: ProjectionTarget
  ) {
    let columns = description.inputs + (withBias ? 1 : 0)
    let size = headSize ?? description.outputs
    let square = NearestSquare.shape(rows: size, columns: columns)
    let shape = reshapesToSquare ? square : (rows: size, columns: columns)
    let form: Form =
      if projection == nil {
        .whole
      } else if target == .global {
        .global
      } else if case .elementwise = normalizer {
        .formedSketch
      } else {
        shape == (size, columns) ? .sketch : .formedSketch
      }
    // As the Python tool names them: heads share the side of the inputs where these are projected on their own.
    let shared =
      form == .sketch && !withBias
      ? projection?.matrix(module: description.name, side: .right, columns: columns) : nil
    let parts = (0..<description.outputs / size).map { head in
      let name = headSize == nil ? description.name : "\(description.name).head_\(head)"
      let own = form == .sketch || form == .formedSketch ? projection : nil
      return Part(
        name: name, outputs: head * size..<(head + 1) * size, place: 0..<0, shape: shape,
        left: own?.matrix(module: name, side: .left, columns: shape.rows),
        right: shared ?? own?.matrix(module: name, side: .right, columns: shape.columns))
    }
    self.init(description: description, columns: columns, normalizer: normalizer, form: form, parts: parts)
  }
}

extension GradientRecipe {
  /// Numbers in a gradient row beyond which a run is refused rather than attempted: 16 GiB of float32.
  private static let widestRow = 0x1p32

  /// The recipe that a configuration asks for of a model.
  ///
  /// - Throws: `ModuleSelectionError`; `HeadSplitError`; `RecipeError` for a projection larger than any memory;
  ///   `NormalizerError` for normalizers that do not fit the model.
  package init(configuration: IndexConfig, model: any CausalLM, normalizers: NormalizerSet? = nil) throws {
    let modules = try ModuleSelection(configuration).indices(in: model.modules)
    let headSizes = try HeadSplit.headSizes(configuration, of: model.modules)
    let blocks = modules.reduce(0) { sum, index in
      sum + (headSizes[model.modules[index].name].map { model.modules[index].outputs / $0 } ?? 1)
    }
    let p = Double(configuration.projectionDim)
    let width = configuration.projectionTarget == .global ? p : p * p * Double(blocks)
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
    try self.init(
      descriptions: model.modules, modules: modules, projection: projection, target: configuration.projectionTarget,
      includeBias: configuration.includeBias,
      normalizers: normalizers?.normalizers(
        for: modules.map { model.modules[$0] }, includeBias: configuration.includeBias) ?? [:],
      headSizes: headSizes, reshapesToSquare: configuration.reshapeToSquare)
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
