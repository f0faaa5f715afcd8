import Foundation
import Testing

@testable import Engine

/// Rows of a collector that is fed made-up activations and gradients, against the algebra in float64.
struct GradientCollectorTests {
  @Test(arguments: [true, false]) func wholeGradientsAreSumsOfOuterProducts(bias: Bool) {
    let passed = PassedGradients(seed: 1)
    let recipe = PassedGradients.recipe(nil, bias: bias)
    for (document, row) in passed.rows(recipe).enumerated() {
      let expected = passed.wholes(document, bias: bias).flatMap(\.values)
      #expect(relativeDistance(row, expected) < PassedGradients.tolerance)
    }
    #expect(recipe.blocks.map(\.size) == (bias ? [28, 48, 48] : [21, 48, 36]))
    #expect(recipe.attributedParameterCount == recipe.rowWidth)
  }

  @Test(arguments: [1, 3, 16], [true, false]) func sketchesAreTwoSidedProducts(dimension: Int, bias: Bool) {
    let passed = PassedGradients(seed: 2)
    for type in ProjectionType.allCases {
      let projection = PassedGradients.projection(dimension, type)
      for (document, row) in passed.rows(PassedGradients.recipe(projection, bias: bias)).enumerated() {
        let expected = PassedGradients.expectedRow(
          passed.wholes(document, bias: bias), projection)
        #expect(relativeDistance(row, expected) < PassedGradients.tolerance)
      }
    }
  }

  @Test(arguments: [nil, 1, 7, 20, 1000] as [Int?], [true, false])
  func theGlobalSketchIsTheSumOverModules(globalBlock: Int?, bias: Bool) {
    let passed = PassedGradients(seed: 3)
    let projection = PassedGradients.projection(9, globalBlock: globalBlock)
    let recipe = PassedGradients.recipe(projection, .global, bias: bias)
    #expect(recipe.blocks == [GradientBlock(name: "gradients", columns: 0..<9)])
    for (document, row) in passed.rows(recipe).enumerated() {
      let expected = PassedGradients.expectedGlobalRow(
        passed.wholes(document, bias: bias), projection)
      #expect(relativeDistance(row, expected) < PassedGradients.tolerance)
    }
  }

  @Test(arguments: [true, false]) func normalizersMultiplyTheGradientBeforeItIsProjected(bias: Bool) {
    let passed = PassedGradients(seed: 7)
    let factors = PassedFactors(seed: 8, bias: bias)
    func wholes(_ document: Int) -> [DoubleMatrix] { factors.applied(to: passed.wholes(document, bias: bias)) }
    for projection in [nil, PassedGradients.projection(3), PassedGradients.projection(16, .normal)] {
      let recipe = PassedGradients.recipe(projection, bias: bias, normalizers: factors.normalizers)
      for (document, row) in passed.rows(recipe).enumerated() {
        #expect(
          relativeDistance(row, PassedGradients.expectedRow(wholes(document), projection)) < PassedGradients.tolerance)
      }
    }
    for block in [nil, 10] {
      let projection = PassedGradients.projection(9, globalBlock: block)
      let recipe = PassedGradients.recipe(projection, .global, bias: bias, normalizers: factors.normalizers)
      for (document, row) in passed.rows(recipe).enumerated() {
        #expect(
          relativeDistance(row, PassedGradients.expectedGlobalRow(wholes(document), projection))
            < PassedGradients.tolerance)
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
    let (one, other) = (PassedGradients(seed: 4), PassedGradients(seed: 4))
    for module in 0..<3 {
      for i in 0..<other.gradients[module].count { other.gradients[module].base[i] *= -3 }
    }
    for target in ProjectionTarget.allCases {
      let recipe = PassedGradients.recipe(PassedGradients.projection(5), target, bias: true)
      for (row, scaled) in zip(one.rows(recipe), other.rows(recipe)) {
        #expect(relativeDistance(scaled, row.map { -3 * Double($0) }) < PassedGradients.tolerance)
      }
    }
  }

  @Test func aDocumentWithoutTokensHasARowOfZeros() {
    let passed = PassedGradients(seed: 5)
    for recipe in [
      PassedGradients.recipe(nil, bias: true), PassedGradients.recipe(PassedGradients.projection(4), bias: true),
      PassedGradients.recipe(PassedGradients.projection(4), .global, bias: true),
    ] {
      #expect(passed.rows(recipe)[3].allSatisfy { $0 == 0 })
    }
  }

  @Test func modulesThatAreNotAskedForLeaveNoTrace() {
    let passed = PassedGradients(seed: 6)
    let some = PassedGradients.recipe(PassedGradients.projection(4), bias: true, modules: [1])
    let all = PassedGradients.recipe(PassedGradients.projection(4), bias: true)
    #expect(some.moduleNames == ["b"] && some.rowWidth == 16)
    for (part, row) in zip(passed.rows(some), passed.rows(all)) { #expect(part == Array(row[16..<32])) }
  }
}
