@testable import Engine

/// Made-up activations [T, I] and output gradients [T, O] of three modules, as they pass through a model, and the algebra
/// of their rows in float64.
struct PassedGradients {
  static let descriptions = [
    ModuleDescription(name: "a", outputs: 7, inputs: 3, hasBias: true),
    ModuleDescription(name: "b", outputs: 3, inputs: 16, hasBias: false),
    ModuleDescription(name: "c", outputs: 12, inputs: 3, hasBias: true),
  ]
  static let lengths = [3, 1, 17, 0, 65]

  // Sums over 65 positions, then two sketches of at most 18 terms, in float32.
  static let tolerance = 2e-6

  let batch: RaggedBatch
  let activations: [FloatStorage]
  let gradients: [FloatStorage]

  init(seed: UInt64) {
    var random = RandomValues(seed: seed)
    batch = TinyGPTNeoX.batch(lengths: Self.lengths)
    let count = batch.tokenCount
    activations = Self.descriptions.map { random.storage(count * $0.inputs) }
    gradients = Self.descriptions.map { random.storage(count * $0.outputs) }
  }

  private func activation(_ module: Int) -> Matrix {
    activations[module].matrix(batch.tokenCount, Self.descriptions[module].inputs)
  }

  private func gradient(_ module: Int) -> Matrix {
    gradients[module].matrix(batch.tokenCount, Self.descriptions[module].outputs)
  }

  // MARK: What collectors make of it

  static func recipe(
    _ projection: RandomProjection?, _ target: ProjectionTarget = .perModule, bias: Bool, modules: [Int] = [0, 1, 2],
    normalizers: [String: Normalizer] = [:]
  ) -> GradientRecipe {
    GradientRecipe(
      descriptions: descriptions, modules: modules, projection: projection, target: target, includeBias: bias,
      normalizers: normalizers)
  }

  static func projection(
    _ dimension: Int, _ type: ProjectionType = .rademacher, globalBlock: Int? = nil
  ) -> RandomProjection {
    RandomProjection(dimension: dimension, type: type, scale: .jl, seed: 1, version: 2, globalBlock: globalBlock)
  }

  /// As in a pass through a model: forwards, then backwards.
  func pass(through collector: any Collector) {
    for module in Self.descriptions.indices {
      collector.collect(activations: activation(module), module: module, batch: batch)
    }
    for module in Self.descriptions.indices.reversed() {
      collector.collect(outputGradients: gradient(module), module: module, batch: batch)
    }
  }

  /// A row for each document.
  func rows(_ recipe: GradientRecipe) -> [[Float]] {
    let collector = GradientCollector(recipe: recipe)
    let storage = FloatStorage([Float](repeating: .nan, count: batch.count * recipe.rowWidth))
    let rows = storage.matrix(batch.count, recipe.rowWidth)
    // Twice: the second pass must not see the first.
    for _ in 0..<2 {
      collector.begin(batch, rows: rows)
      pass(through: collector)
    }
    return (0..<batch.count).map { rows.rows($0..<$0 + 1).toArray() }
  }

  // MARK: What they ought to make of it

  /// P = gᵀ a over these positions, [O, I], with Σ g as a last column where the bias takes part.
  private func whole(_ module: Int, _ positions: Range<Int>, bias: Bool) -> DoubleMatrix {
    let a = DoubleMatrix(activation(module).rows(positions))
    let columns = a.columns + (bias && Self.descriptions[module].hasBias ? 1 : 0)
    // Homogeneous coordinates: the bias is one more input that is always 1.
    let homogeneous = DoubleMatrix(a.rows, columns) { $1 < a.columns ? a[$0, $1] : 1 }
    return DoubleMatrix(gradient(module).rows(positions)).transposed * homogeneous
  }

  /// P of every module.
  func wholes(_ positions: Range<Int>, bias: Bool) -> [DoubleMatrix] {
    Self.descriptions.indices.map { whole($0, positions, bias: bias) }
  }

  func wholes(_ document: Int, bias: Bool) -> [DoubleMatrix] { wholes(batch.positions(document), bias: bias) }

  /// L P Rᵀ of each module, one after the other; P itself without a projection.
  static func expectedRow(_ wholes: [DoubleMatrix], _ projection: RandomProjection?) -> [Double] {
    wholes.enumerated().flatMap { module, whole -> [Double] in
      guard let projection else { return whole.values }
      let name = descriptions[module].name
      let left = projection.matrix(module: name, side: .left, columns: whole.rows)
      let right = projection.matrix(module: name, side: .right, columns: whole.columns)
      let l = DoubleMatrix(left.matrix(projection.dimension, whole.rows))
      let r = DoubleMatrix(right.matrix(projection.dimension, whole.columns))
      return (l * whole * r.transposed).values
    }
  }

  /// Σ B flat(P) over modules, B drawn in blocks of columns.
  static func expectedGlobalRow(_ wholes: [DoubleMatrix], _ projection: RandomProjection) -> [Double] {
    var expected = [Double](repeating: 0, count: projection.dimension)
    for (module, flat) in wholes.map(\.values).enumerated() {
      for start in stride(from: 0, to: flat.count, by: projection.globalBlock) {
        let columns = min(projection.globalBlock, flat.count - start)
        let block = projection.globalMatrix(module: descriptions[module].name, start: start, columns: columns)
        for i in 0..<projection.dimension {
          for c in 0..<columns { expected[i] += Double(block.base[i * columns + c]) * flat[start + c] }
        }
      }
    }
    return expected
  }
}

/// Normalizers of both kinds and none: of 'a' outer products, of 'b' nothing, of 'c' one by one.
struct PassedFactors {
  private let outer: (outputs: [Float], inputs: [Float], bias: [Float])
  private let single: (factors: FloatStorage, bias: [Float])
  let normalizers: [String: Normalizer]

  /// The same in a recipe that splits modules into heads: each of these divides by the mean of its own rows.
  func split(intoHeadsOf sizes: [String: Int]) -> PassedFactors {
    guard let size = sizes["a"], case .rankOne(let outputs, _, _)? = normalizers["a"]?.split(intoHeadsOf: size) else {
      return self
    }
    return PassedFactors(outer: (outputs, outer.inputs, outer.bias), single: single, normalizers: normalizers)
  }

  private init(
    outer: (outputs: [Float], inputs: [Float], bias: [Float]), single: (factors: FloatStorage, bias: [Float]),
    normalizers: [String: Normalizer]
  ) {
    self.outer = outer
    self.single = single
    self.normalizers = normalizers
  }

  init(seed: UInt64, bias: Bool) {
    var random = RandomValues(seed: seed)
    let (a, c) = (PassedGradients.descriptions[0], PassedGradients.descriptions[2])
    outer = (random.floats(a.outputs), random.floats(a.inputs), random.floats(a.outputs))
    single = (random.storage(c.outputs * c.inputs), random.floats(c.outputs))
    normalizers = [
      "a": .rankOne(outputs: outer.outputs, inputs: outer.inputs, bias: bias ? outer.bias : nil),
      "c": .elementwise(factors: single.factors, bias: bias ? single.bias : nil),
    ]
  }

  /// To P of every module.
  func applied(to wholes: [DoubleMatrix]) -> [DoubleMatrix] {
    wholes.enumerated().map { module, whole in
      let inputs = PassedGradients.descriptions[module].inputs
      return DoubleMatrix(whole.rows, whole.columns) { o, i in
        let factor: Float =
          switch module {
          case 0: i == inputs ? outer.bias[o] : outer.outputs[o] * outer.inputs[i]
          case 2: i == inputs ? single.bias[o] : single.factors.base[o * inputs + i]
          default: 1
          }
        return whole[o, i] * Double(factor)
      }
    }
  }
}
