import Testing

@testable import Engine

/// Blocks other than one per module in its own shape.
struct GradientRecipeTests {
  private static let projection = PassedGradients.projection(5)
  /// Of 'a' seven heads, of 'c' one.
  private static let headSizes = ["a": 1, "c": 12]

  private static func recipe(
    _ projection: RandomProjection?, _ target: ProjectionTarget = .perModule, bias: Bool = false,
    normalizers: [String: Normalizer] = [:], headSizes: [String: Int] = [:], reshapes: Bool = false
  ) -> GradientRecipe {
    GradientRecipe(
      descriptions: PassedGradients.descriptions, modules: [0, 1, 2], projection: projection, target: target,
      includeBias: bias, normalizers: normalizers, headSizes: headSizes, reshapesToSquare: reshapes)
  }

  /// The rows of P that are a head's, with the names of its matrices.
  private struct Head {
    let name: String
    let module: String
    let whole: DoubleMatrix
  }

  private static func heads(_ wholes: [DoubleMatrix]) -> [Head] {
    zip(PassedGradients.descriptions, wholes).flatMap { module, whole -> [Head] in
      guard let size = headSizes[module.name] else {
        return [Head(name: module.name, module: module.name, whole: whole)]
      }
      return (0..<whole.rows / size).map { head in
        Head(
          name: "\(module.name).head_\(head)", module: module.name,
          whole: DoubleMatrix(size, whole.columns) { whole[head * size + $0, $1] })
      }
    }
  }

  /// L P Rᵀ
  private static func sketch(_ whole: DoubleMatrix, left: String, right: String) -> [Double] {
    let l = projection.matrix(module: left, side: .left, columns: whole.rows).matrix(projection.dimension, whole.rows)
    let r = projection.matrix(module: right, side: .right, columns: whole.columns)
      .matrix(projection.dimension, whole.columns)
    return (DoubleMatrix(l) * whole * DoubleMatrix(r).transposed).values
  }

  /// Rows of documents and, one at a time, of tokens.
  private func check(
    _ passed: PassedGradients, _ recipe: GradientRecipe, bias: Bool, _ expected: ([DoubleMatrix]) -> [Double]
  ) {
    for (document, row) in passed.rows(recipe).enumerated() {
      #expect(
        relativeDistance(row, expected(passed.wholes(document, bias: bias))) < PassedGradients.tolerance)
    }
    let collector = TokenGradientCollector(recipe: recipe)
    collector.begin(passed.batch)
    passed.pass(through: collector)
    for (row, stretch) in collector.stretches.enumerated() {
      let wholes = passed.wholes(stretch.positions, bias: bias)
      #expect(relativeDistance(collector.rows(row..<row + 1).toArray(), expected(wholes)) < PassedGradients.tolerance)
    }
  }

  @Test(arguments: [true, false]) func headsHaveBlocksOfTheirOwn(bias: Bool) {
    let passed = PassedGradients(seed: 21)
    let whole = Self.recipe(nil, bias: bias, headSizes: Self.headSizes)
    #expect(
      whole.blocks.map(\.name) == (0..<7).map { "a.head_\($0)" } + ["b", "c.head_0"]
        && whole.moduleNames == whole.blocks.map(\.name))
    check(passed, whole, bias: bias) { $0.flatMap(\.values) }

    let factors = PassedFactors(seed: 22, bias: bias)
    for normalized in [false, true] {
      let recipe = Self.recipe(
        Self.projection, bias: bias, normalizers: normalized ? factors.normalizers : [:], headSizes: Self.headSizes)
      check(passed, recipe, bias: bias) { wholes in
        Self.heads(
          normalized ? factors.split(intoHeadsOf: Self.headSizes).applied(to: wholes) : wholes
        ).flatMap { head in
          // Heads share the side of the inputs, unless the bias or factors of single entries take part.
          let hasBias = bias && head.module != "b"
          let ownRight = hasBias || (normalized && head.module == "c")
          return Self.sketch(head.whole, left: head.name, right: ownRight ? head.name : head.module)
        }
      }
    }
  }

  @Test func theGlobalSketchOfHeadsIsDrawnByTheirNames() {
    let passed = PassedGradients(seed: 23)
    check(passed, Self.recipe(Self.projection, .global, headSizes: Self.headSizes), bias: false) { wholes in
      var expected = [Double](repeating: 0, count: Self.projection.dimension)
      for head in Self.heads(wholes) {
        let count = head.whole.values.count
        let matrix = Self.projection.globalMatrix(module: head.name, start: 0, columns: count)
        for i in expected.indices {
          for (c, value) in head.whole.values.enumerated() { expected[i] += Double(matrix.base[i * count + c]) * value }
        }
      }
      return expected
    }
  }

  @Test(arguments: [true, false]) func entriesAreProjectedInANearlySquareShape(bias: Bool) {
    let passed = PassedGradients(seed: 24)
    let factors = PassedFactors(seed: 25, bias: bias)
    let recipe = Self.recipe(Self.projection, bias: bias, normalizers: factors.normalizers, reshapes: true)
    check(passed, recipe, bias: bias) { wholes in
      zip(PassedGradients.descriptions, factors.applied(to: wholes)).flatMap { module, whole -> [Double] in
        let shape = NearestSquare.shape(rows: whole.rows, columns: whole.columns)
        let square = DoubleMatrix(shape.rows, shape.columns, whole.values)
        return Self.sketch(square, left: module.name, right: module.name)
      }
    }
  }

  @Test func aRestrictedRecipeHasTheSameBlocksInLessRoom() throws {
    let passed = PassedGradients(seed: 26)
    let all = Self.recipe(Self.projection, headSizes: Self.headSizes)
    let rows = passed.rows(all)
    for (names, kept) in [
      (["b"], ["b"]), (["a.head_5", "a.head_2", "c"], ["a.head_2", "a.head_5", "c.head_0"]),
      (["a"], (0..<7).map { "a.head_\($0)" }),
    ] {
      let some = try all.restricted(to: names)
      #expect(some.blocks.map(\.name) == kept && some.rowWidth == 25 * kept.count)
      for (part, row) in zip(passed.rows(some), rows) {
        let columns = all.blocks.filter { kept.contains($0.name) }.map(\.columns)
        #expect(part == columns.flatMap { row[$0] })
      }
    }
    #expect(throws: ModuleSelectionError.unknownModule("d", known: all.moduleNames)) {
      try all.restricted(to: ["b", "d"])
    }
  }
}
