import Testing

@testable import Engine

/// Rows of tokens, against the algebra in float64.
struct TokenGradientCollectorTests {
  /// All rows, made of so many at a time.
  private func rows(_ passed: PassedGradients, _ recipe: GradientRecipe, atOnce: Int) -> [[Float]] {
    let collector = TokenGradientCollector(recipe: recipe)
    // Twice: the second pass must not see the first.
    for _ in 0..<2 {
      collector.begin(passed.batch)
      passed.pass(through: collector)
    }
    let count = collector.stretches.count
    return stride(from: 0, to: count, by: atOnce).flatMap { start in
      let part = collector.rows(start..<min(start + atOnce, count))
      return (0..<part.rows).map { part.rows($0..<$0 + 1).toArray() }
    }
  }

  @Test func everyPositionWithANextTokenHasARow() {
    let stretches = RowStretch.tokens(of: TinyGPTNeoX.batch(lengths: [3, 1, 0, 2]))
    #expect(
      stretches == [
        RowStretch(document: 0, positions: 0..<1), RowStretch(document: 0, positions: 1..<2),
        RowStretch(document: 3, positions: 4..<5),
      ])
  }

  @Test(arguments: [true, false], [1, 7, 1000]) func rowsAreGradientsOfSinglePositions(bias: Bool, atOnce: Int) {
    let passed = PassedGradients(seed: 11)
    let factors = PassedFactors(seed: 12, bias: bias)
    let stretches = RowStretch.tokens(of: passed.batch)
    for normalized in [false, true] {
      func wholes(_ row: Int) -> [DoubleMatrix] {
        let wholes = passed.wholes(stretches[row].positions, bias: bias)
        return normalized ? factors.applied(to: wholes) : wholes
      }
      let normalizers = normalized ? factors.normalizers : [:]
      for projection in [nil, PassedGradients.projection(3), PassedGradients.projection(16, .normal)] {
        let recipe = PassedGradients.recipe(projection, bias: bias, normalizers: normalizers)
        let rows = rows(passed, recipe, atOnce: atOnce)
        #expect(rows.count == stretches.count)
        for (row, values) in rows.enumerated() {
          #expect(
            relativeDistance(values, PassedGradients.expectedRow(wholes(row), projection)) < PassedGradients.tolerance)
        }
      }
      let projection = PassedGradients.projection(9, globalBlock: 20)
      let recipe = PassedGradients.recipe(projection, .global, bias: bias, normalizers: normalizers)
      for (row, values) in rows(passed, recipe, atOnce: atOnce).enumerated() {
        let expected = PassedGradients.expectedGlobalRow(wholes(row), projection)
        #expect(relativeDistance(values, expected) < PassedGradients.tolerance)
      }
    }
  }
}
