import Foundation
import Testing

@testable import Engine

@Suite struct BuildConformanceTests {
  static let cases = [
    "expected_v2/build", "expected_v2/build_global", "expected_v2/build_include_bias",
    "expected_v2/build_filter_modules", "expected_v2/build_normal", "expected_v2/build_edge",
    "expected_v2/build_label_smoothing", "expected_v2/build_projection_seed", "expected_v2/build_row_norm",
    "expected_v2/build_normal_row_norm", "expected_v2/build_global_bias_normal_seed",
    "expected_v2/build_global_row_norm", "expected_v2/build_logit_scale", "expected_v2/build_max_batch_size",
    "expected_v2/build_unit_normalize", "expected_v2/build_truncation", "expected_v2/build_pretokenized",
    "expected_v2/build_pretokenized_mean", "expected_v2/build_bf16", "expected_v2/query_p_small",
    "expected_v2/build_p_small", "expected_v2/build_chunk", "expected_v2/build_prompt_completion",
    "expected_v2/build_conversation", "expected_v2/build_template", "expected_v2/build_reward",
    "expected_v2/build_advantage", "expected_v2/build_split_attention", "expected_v2/build_split_attention_bias",
    "expected_v2/build_log_odds", "expected_v2/build_log_odds_mean_completion",
    // Version 1 of the projections, where nothing else changed since.
    "expected/build", "expected/build_include_bias", "expected/build_filter_modules", "expected/build_edge",
    "expected/build_label_smoothing", "expected/build_unit_normalize", "expected/build_truncation",
    "expected/query_p_small",
  ]

  /// Where a case records no distance: what its neighbours record.
  static let usual = (overMaximum: 5e-7, rowRelative: 7e-7)

  @Test(arguments: cases) func indexEqualsTheReference(name: String) throws {
    let warnings = try check(FixtureSet.gptNeoX.fixtureCase(name))
    #expect(warnings.contains { $0.contains("under two tokens") } == name.contains("edge"))
  }

  /// Rows and losses of a case; the warnings of the run that made them anew.
  @discardableResult func check(_ fixture: FixtureCase) throws -> [String] {
    let name = "\(fixture.set.testDescription) \(fixture.directory.lastPathComponent)"
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    let outcome = try BuildPipeline(
      fixture.indexConfiguration(run: run), fixture.preprocessConfiguration()
    ).run(RunContext())

    let index = try GradientIndex(opening: run)
    let reference = try GradientIndex(opening: fixture.directory)
    #expect(index.modules == reference.modules)
    #expect(index.storage == reference.storage)
    #expect(try index.tokenOffsets() == reference.tokenOffsets())
    let distance = Distance(index.allRows(), reference.allRows(), columns: index.rowWidth)
    let tolerance = try fixture.tolerance("gradients") ?? Self.usual
    #expect(distance.isWithin(tolerance), "\(name): \(distance), recorded \(tolerance)")

    let losses = fixture.directory.appendingPathComponent("losses.npy")
    if FileManager.default.fileExists(atPath: losses.path) {
      let expected = try NumPyArray<Float>(contentsOf: losses).values
      let column = try ArrowDataset.read(["loss"], from: run.appendingPathComponent(ArrowDataset.folderName))[0]
      guard case .float32(let loss) = column.values else {
        Issue.record("loss is no float32 column")
        return outcome.warnings
      }
      // A loss is a sum of some dozen logarithms near 6: 1e-6 of the largest is their rounding, bf16 keeps 8 bits.
      let limit = index.storage == .bfloat16 ? 2e-2 : 1e-6
      // The reference divides 0 by 0 for a document without labels; here its loss is 0.
      let finite = zip(loss, expected).map { $1.isNaN ? ($0, 0) : ($0, $1) }
      let lossDistance = Distance(finite.map(\.0), finite.map(\.1), columns: loss.count)
      #expect(lossDistance.overMaximum < limit, "\(name): \(lossDistance)")
    }
    return outcome.warnings
  }

  static let tokenCases = [
    "expected_v2/build_attribute_tokens", "expected_v2/build_attribute_tokens_bias",
    "expected_v2/build_attribute_tokens_completion", "expected_v2/build_attribute_tokens_global",
    "expected_v2/build_attribute_tokens_unit", "expected_v2/build_edge_attribute_tokens",
  ]

  @Test(arguments: tokenCases) func tokenRowsEqualTheReference(name: String) throws {
    try check(FixtureSet.gptNeoX.fixtureCase(name))
  }

  /// Prompt positions have rows too, so a document's rows sum to what it has without token attribution.
  @Test(arguments: tokenCases.filter { !$0.hasSuffix("unit") }) func tokenRowsSumToTheDocuments(name: String) throws {
    let fixture = try FixtureSet.gptNeoX.fixtureCase(name)
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    var configuration = try fixture.indexConfiguration(run: run)
    _ = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    let index = try GradientIndex(opening: run)
    let rows = try index.documentRows()
    let sums = FloatStorage(count: rows.count * index.rowWidth)
    index.read(0..<rows.count, of: rows, into: sums.matrix(rows.count, index.rowWidth))
    let own = sums.matrix(rows.count, index.rowWidth).toArray()
    let reference = try fixture.array("sequence_gradients.npy")
    let recorded = try #require(try fixture.tolerance("sum_of_token_rows_vs_sequence_row"))
    let distance = Distance(own, reference.values, columns: index.rowWidth)
    // Two float32 sums in different orders, as everywhere; the recorded distance is of one set of terms.
    let tolerance = (
      max(recorded.overMaximum, Self.usual.overMaximum), max(recorded.rowRelative, Self.usual.rowRelative)
    )
    #expect(distance.isWithin(tolerance), "\(name): \(distance), recorded \(tolerance)")

    configuration.attributeTokens = false
    configuration.runPath = scratch.url.appendingPathComponent("documents").path
    _ = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    let documents = try GradientIndex(opening: URL(fileURLWithPath: configuration.runPath))
    #expect(Distance(own, documents.allRows(), columns: index.rowWidth).isWithin(Self.usual), "\(name)")
  }

  @Test(arguments: ["expected_v2/raw_gradients", "expected_v2/raw_gradients_bias", "expected/raw_gradients"])
  func wholeGradientsEqualTheReference(name: String) throws {
    try checkWhole(FixtureSet.gptNeoX.fixtureCase(name))
  }

  /// The gradients that a case keeps of some modules and documents.
  func checkWhole(_ fixture: FixtureCase) throws {
    let name = "\(fixture.set.testDescription) \(fixture.directory.lastPathComponent)"
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    var configuration = try fixture.indexConfiguration(run: run)
    configuration.workers = 1
    _ = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    let index = try GradientIndex(opening: run)
    for module in try fixture.results() {
      let reference = try fixture.array("\(module).npy")
      let columns = try index.columns(of: [module])
      var rows = [Float](repeating: 0, count: 4 * columns[0].count)
      index.readRows(at: [0, 1, 2, 5], columns: columns, into: &rows)
      let tolerance = try #require(try fixture.tolerance(module))
      let width = columns[0].count
      // Row 3 is document 5, of three tokens, whose first layer's query and key gradients are zero but for noise.
      let long = Distance(Array(rows[..<(3 * width)]), Array(reference.values[..<(3 * width)]), columns: width)
      #expect(long.isWithin(tolerance), "\(name) \(module): \(long), recorded \(tolerance)")
      let all = Distance(rows, reference.values, columns: width)
      #expect(all.isWithinOverMaximum(tolerance), "\(name) \(module): \(all)")
    }
  }

  @Test(arguments: [
    "expected_v2/reduce_mean", "expected_v2/reduce_sum", "expected_v2/reduce_mean_unit_normalized",
    "expected_v2/reduce_mean_preconditioned", "expected_v2/reduce_mean_preconditioned_unit", "expected/reduce_mean",
    "expected/reduce_sum", "expected/reduce_mean_unit_normalized",
  ])
  func reducedRowEqualsTheReference(name: String) throws {
    try checkReduced(FixtureSet.gptNeoX.fixtureCase(name))
  }

  /// The one row of a `reduce` case.
  func checkReduced(_ fixture: FixtureCase) throws {
    let name = "\(fixture.set.testDescription) \(fixture.directory.lastPathComponent)"
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    _ = try BuildPipeline(fixture.indexConfiguration(run: run), fixture.preprocessConfiguration()).run(RunContext())
    let index = try GradientIndex(opening: run)
    let reference = try GradientIndex(opening: fixture.directory)
    #expect(index.rowCount == 1)
    let distance = Distance(index.allRows(), reference.allRows(), columns: index.rowWidth)
    // Preconditioned cases record none; the inverse is applied in float32 there: what `score_preconditioned` records.
    let tolerance = try fixture.tolerance("gradients") ?? (2.8e-6, 1.7e-5)
    #expect(distance.isWithin(tolerance), "\(name): \(distance), recorded \(tolerance)")
  }
}

extension GradientIndex {
  func allRows() -> [Float] {
    var rows = [Float](repeating: 0, count: rowCount * rowWidth)
    readRows(0..<rowCount, into: &rows)
    return rows
  }
}
