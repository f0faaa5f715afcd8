import Foundation
import Testing

@testable import Engine

/// Gradients divided by second moments of optimizers, and what the loader makes of the optimizers' files.
@Suite struct NormalizerConformanceTests {
  static let sets = [FixtureSet.gptNeoX, .gpt2, .llama]
  static let builds =
    sets.flatMap { set in
      [
        "build_adam", "build_adam_bias", "build_adam_global", "build_adam_split", "build_adam_two_groups",
        "build_adafactor", "build_adafactor_bias", "build_adafactor_split", "build_attribute_tokens_adam",
      ].map { (set, $0) }
    } + [(FixtureSet.llamaTied, "build_adam"), (.llamaTied, "build_adafactor")]

  @Test(arguments: builds) func indexEqualsTheReference(set: FixtureSet, name: String) throws {
    try BuildConformanceTests().check(set.fixtureCase("expected_v2/\(name)"))
  }

  /// A run of version 0.9.1 as a processor, with `normalizers.pth`; that of a model without biases is empty.
  @Test(arguments: [FixtureSet.gptNeoX, .gpt2]) func aProcessorOfThePythonToolIsTaken(set: FixtureSet) throws {
    let fixture = try set.fixtureCase("expected/build_adafactor_bias")
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    let configuration = try fixture.indexConfiguration(run: run)
    #expect(configuration.processorPath == fixture.directory.path)
    let outcome = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    #expect(outcome.metrics.contains { $0.name == "normalizedModules" && $0.value > 0 })
    let (index, reference) = (try GradientIndex(opening: run), try GradientIndex(opening: fixture.directory))
    let distance = Distance(index.allRows(), reference.allRows(), columns: index.rowWidth)
    let tolerance = try #require(try fixture.tolerance("gradients"))
    #expect(distance.isWithin(tolerance), "\(set.testDescription): \(distance), recorded \(tolerance)")
  }

  private struct Names: Decodable {
    struct Entry: Decodable {
      let type: String
      let rowSums: [Double]?
      let columnSums: [Double]?
      let row: [Double]?
      let column: [Double]?

      enum CodingKeys: String, CodingKey {
        case type
        case rowSums = "row_sums_head"
        case columnSums = "column_sums_head"
        case row = "row_head"
        case column = "col_head"
      }
    }

    let adam: [String: Entry]
    let adafactor: [String: Entry]
  }

  @Test(arguments: sets + [.llamaTied]) func namesAndOrientationsAreTheLoaders(set: FixtureSet) throws {
    let fixture = try set.fixtureCase("expected_v2/optimizer_names")
    let expected = try JSONDecoder().decode(
      Names.self, from: Data(contentsOf: fixture.directory.appendingPathComponent("normalizers.json")))
    let model = try LoadedModel(path: set.path("model"), precision: .fp32).model
    func moments(_ path: String) throws -> [String: SecondMoments] {
      try OptimizerState(URL(fileURLWithPath: set.path("expected/optimizer/\(path)"))).normalizers(of: model).moments
    }
    func near(_ values: [Double], _ expected: [Double]?, _ name: String) throws {
      for (value, expected) in zip(values, try #require(expected)) {
        #expect(abs(value - expected) <= 1e-5 * abs(expected), "\(set.testDescription) \(name)")
      }
    }
    let adam = try moments("checkpoint")
    // Tables of embeddings have moments too, which no module is divided by.
    #expect(Set(adam.keys) == Set(model.modules.map(\.name)) && Set(adam.keys).isSubset(of: expected.adam.keys))
    for (name, moments) in adam {
      guard case .full(let v) = moments.weight, let entry = expected.adam[name] else {
        Issue.record("\(name) is no matrix")
        continue
      }
      try near(
        (0..<4).map { r in (0..<v.columns).reduce(0) { $0 + Double(v[r, $1]) } }, entry.rowSums, name)
      try near(
        (0..<4).map { c in (0..<v.rows).reduce(0) { $0 + Double(v[$1, c]) } }, entry.columnSums, name)
    }
    for (name, moments) in try moments("optimizer_adafactor.pt") {
      guard case .factored(let row, let column) = moments.weight, let entry = expected.adafactor[name] else {
        Issue.record("\(name) has no rows and columns")
        continue
      }
      try near(row.prefix(4).map(Double.init), entry.row, name)
      try near(column.prefix(4).map(Double.init), entry.column, name)
    }
  }
}
