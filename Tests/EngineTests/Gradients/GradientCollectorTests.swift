import Foundation
import Testing

@testable import Engine

/// Rows of a collector that is fed made-up activations and gradients, against the algebra in float64.
struct GradientCollectorTests {
  private static let descriptions = [
    ModuleDescription(name: "a", outputs: 7, inputs: 3, hasBias: true),
    ModuleDescription(name: "b", outputs: 3, inputs: 17, hasBias: false),
    ModuleDescription(name: "c", outputs: 5, inputs: 7, hasBias: true),
  ]
  private static let lengths = [3, 1, 17, 0, 65]

  // Sums over 65 positions, then two sketches of at most 18 terms, in float32.
  private static let tolerance = 2e-6

  /// Activations [T, I] and output gradients [T, O] of every module.
  private struct Passed {
    let batch: RaggedBatch
    let activations: [FloatStorage]
    let gradients: [FloatStorage]

    init(seed: UInt64) {
      var random = RandomValues(seed: seed)
      batch = TinyGPTNeoX.batch(lengths: lengths)
      let count = batch.tokenCount
      activations = descriptions.map { random.storage(count * $0.inputs) }
      gradients = descriptions.map { random.storage(count * $0.outputs) }
    }

    func activation(_ module: Int) -> Matrix {
      activations[module].matrix(batch.tokenCount, descriptions[module].inputs)
    }
    func gradient(_ module: Int) -> Matrix { gradients[module].matrix(batch.tokenCount, descriptions[module].outputs) }

    /// P = gᵀ a of a document, [O, I], with Σ g as a last column where the bias takes part.
    func whole(_ module: Int, _ document: Int, bias: Bool) -> DoubleMatrix {
      let positions = batch.positions(document)
      let a = DoubleMatrix(activation(module).rows(positions))
      let columns = a.columns + (bias ? 1 : 0)
      // Homogeneous coordinates: the bias is one more input that is always 1.
      let homogeneous = DoubleMatrix(a.rows, columns) { $1 < a.columns ? a[$0, $1] : 1 }
      return DoubleMatrix(gradient(module).rows(positions)).transposed * homogeneous
    }
  }

  private func rows(_ passed: Passed, _ recipe: GradientRecipe) -> [[Float]] {
    let collector = GradientCollector(recipe: recipe)
    let storage = FloatStorage([Float](repeating: .nan, count: passed.batch.count * recipe.rowWidth))
    let rows = storage.matrix(passed.batch.count, recipe.rowWidth)
    // Twice: the second pass must not see the first.
    for _ in 0..<2 {
      collector.begin(rows: rows)
      for module in Self.descriptions.indices {
        collector.collect(activations: passed.activation(module), module: module, batch: passed.batch)
      }
      for module in Self.descriptions.indices.reversed() {
        collector.collect(outputGradients: passed.gradient(module), module: module, batch: passed.batch)
      }
    }
    return (0..<passed.batch.count).map { rows.rows($0..<$0 + 1).toArray() }
  }

  private func recipe(
    _ projection: RandomProjection?, _ target: ProjectionTarget = .perModule, bias: Bool, modules: [Int] = [0, 1, 2],
    normalizers: [String: Normalizer] = [:]
  ) -> GradientRecipe {
    GradientRecipe(
      descriptions: Self.descriptions, modules: modules, projection: projection, target: target, includeBias: bias,
      normalizers: normalizers)
  }

  /// L P Rᵀ of each module, one after the other; P itself without a projection.
  private func expectedRow(_ wholes: [DoubleMatrix], _ projection: RandomProjection?) -> [Double] {
    wholes.enumerated().flatMap { module, whole -> [Double] in
      guard let projection else { return whole.values }
      let name = Self.descriptions[module].name
      let left = projection.matrix(module: name, side: .left, columns: whole.rows)
      let right = projection.matrix(module: name, side: .right, columns: whole.columns)
      let l = DoubleMatrix(left.matrix(projection.dimension, whole.rows))
      let r = DoubleMatrix(right.matrix(projection.dimension, whole.columns))
      return (l * whole * r.transposed).values
    }
  }

  /// Σ B flat(P) over modules, B drawn in blocks of columns.
  private func expectedGlobalRow(_ wholes: [DoubleMatrix], _ projection: RandomProjection) -> [Double] {
    var expected = [Double](repeating: 0, count: projection.dimension)
    for (module, flat) in wholes.map(\.values).enumerated() {
      for start in stride(from: 0, to: flat.count, by: projection.globalBlock) {
        let columns = min(projection.globalBlock, flat.count - start)
        let name = Self.descriptions[module].name
        let block = projection.globalMatrix(module: name, start: start, columns: columns)
        for i in 0..<projection.dimension {
          for c in 0..<columns { expected[i] += Double(block.base[i * columns + c]) * flat[start + c] }
        }
      }
    }
    return expected
  }

  private func projection(_ dimension: Int, _ type: ProjectionType = .rademacher, globalBlock: Int? = nil)
    -> RandomProjection
  {
    RandomProjection(dimension: dimension, type: type, scale: .jl, seed: 1, version: 2, globalBlock: globalBlock)
  }

  private func hasBiasColumn(_ module: Int, _ bias: Bool) -> Bool { bias && Self.descriptions[module].hasBias }

  @Test(arguments: [true, false]) func wholeGradientsAreSumsOfOuterProducts(bias: Bool) {
    let passed = Passed(seed: 1)
    let recipe = recipe(nil, bias: bias)
    for (document, row) in rows(passed, recipe).enumerated() {
      let expected = (0..<3).flatMap { passed.whole($0, document, bias: hasBiasColumn($0, bias)).values }
      #expect(relativeDistance(row, expected) < Self.tolerance)
    }
    #expect(recipe.blocks.map(\.size) == (bias ? [28, 51, 40] : [21, 51, 35]))
    #expect(recipe.attributedParameterCount == recipe.rowWidth)
  }

  @Test(arguments: [1, 3, 16], [true, false]) func sketchesAreTwoSidedProducts(dimension: Int, bias: Bool) {
    let passed = Passed(seed: 2)
    for type in ProjectionType.allCases {
      let projection = projection(dimension, type)
      for (document, row) in rows(passed, recipe(projection, bias: bias)).enumerated() {
        let expected = expectedRow(
          (0..<3).map { passed.whole($0, document, bias: hasBiasColumn($0, bias)) }, projection)
        #expect(relativeDistance(row, expected) < Self.tolerance)
      }
    }
  }

  @Test(arguments: [nil, 1, 7, 20, 1000] as [Int?], [true, false])
  func theGlobalSketchIsTheSumOverModules(globalBlock: Int?, bias: Bool) {
    let passed = Passed(seed: 3)
    let projection = projection(9, globalBlock: globalBlock)
    let recipe = recipe(projection, .global, bias: bias)
    #expect(recipe.blocks == [GradientBlock(name: "gradients", columns: 0..<9)])
    for (document, row) in rows(passed, recipe).enumerated() {
      let expected = expectedGlobalRow(
        (0..<3).map { passed.whole($0, document, bias: hasBiasColumn($0, bias)) }, projection)
      #expect(relativeDistance(row, expected) < Self.tolerance)
    }
  }

  /// Factors of both kinds and none: of 'a' outer products, of 'b' nothing, of 'c' one by one.
  private struct Factors {
    let outer: (outputs: [Float], inputs: [Float], bias: [Float])
    let single: (factors: FloatStorage, bias: [Float])

    init(seed: UInt64, bias: Bool) {
      var random = RandomValues(seed: seed)
      let (a, c) = (descriptions[0], descriptions[2])
      outer = (random.floats(a.outputs), random.floats(a.inputs), random.floats(a.outputs))
      single = (random.storage(c.outputs * c.inputs), random.floats(c.outputs))
      normalizers = [
        "a": .rankOne(outputs: outer.outputs, inputs: outer.inputs, bias: bias ? outer.bias : nil),
        "c": .elementwise(factors: single.factors, bias: bias ? single.bias : nil),
      ]
    }

    let normalizers: [String: Normalizer]

    func applied(to whole: DoubleMatrix, module: Int) -> DoubleMatrix {
      let inputs = descriptions[module].inputs
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

  @Test(arguments: [true, false]) func normalizersMultiplyTheGradientBeforeItIsProjected(bias: Bool) {
    let passed = Passed(seed: 7)
    let factors = Factors(seed: 8, bias: bias)
    func wholes(_ document: Int) -> [DoubleMatrix] {
      (0..<3).map { factors.applied(to: passed.whole($0, document, bias: hasBiasColumn($0, bias)), module: $0) }
    }
    for projection in [nil, projection(3), projection(16, .normal)] {
      let recipe = recipe(projection, bias: bias, normalizers: factors.normalizers)
      for (document, row) in rows(passed, recipe).enumerated() {
        #expect(relativeDistance(row, expectedRow(wholes(document), projection)) < Self.tolerance)
      }
    }
    for block in [nil, 10] {
      let projection = projection(9, globalBlock: block)
      let recipe = recipe(projection, .global, bias: bias, normalizers: factors.normalizers)
      for (document, row) in rows(passed, recipe).enumerated() {
        #expect(relativeDistance(row, expectedGlobalRow(wholes(document), projection)) < Self.tolerance)
      }
    }
  }

  @Test func aNormalizerOfAnotherShapeIsAMistakeOfTheProgram() async {
    await #expect(processExitsWith: .failure) {
      let module = ModuleDescription(name: "a", outputs: 2, inputs: 3, hasBias: true)
      // The bias takes part and has no factors.
      _ = GradientRecipe(
        descriptions: [module], modules: [0], projection: nil, target: .perModule, includeBias: true,
        normalizers: ["a": .rankOne(outputs: [1, 1], inputs: [1, 1, 1], bias: nil)])
    }
  }

  @Test func sketchingIsLinear() {
    let (one, other) = (Passed(seed: 4), Passed(seed: 4))
    for module in 0..<3 {
      for i in 0..<other.gradients[module].count { other.gradients[module].base[i] *= -3 }
    }
    for target in ProjectionTarget.allCases {
      let recipe = recipe(projection(5), target, bias: true)
      for (row, scaled) in zip(rows(one, recipe), rows(other, recipe)) {
        #expect(relativeDistance(scaled, row.map { -3 * Double($0) }) < Self.tolerance)
      }
    }
  }

  @Test func aDocumentWithoutTokensHasARowOfZeros() {
    let passed = Passed(seed: 5)
    for recipe in [
      recipe(nil, bias: true), recipe(projection(4), bias: true), recipe(projection(4), .global, bias: true),
    ] {
      #expect(rows(passed, recipe)[3].allSatisfy { $0 == 0 })
    }
  }

  @Test func modulesThatAreNotAskedForLeaveNoTrace() {
    let passed = Passed(seed: 6)
    let some = recipe(projection(4), bias: true, modules: [1])
    let all = recipe(projection(4), bias: true)
    #expect(some.moduleNames == ["b"] && some.rowWidth == 16)
    for (part, row) in zip(rows(passed, some), rows(passed, all)) { #expect(part == Array(row[16..<32])) }
  }
}
