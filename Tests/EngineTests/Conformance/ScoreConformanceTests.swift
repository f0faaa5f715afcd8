import Foundation
import Testing

@testable import Engine

@Suite struct ScoreConformanceTests {
  /// Where a case records no distance: what its neighbours record.
  static let usual = (overMaximum: 3e-6, rowRelative: 1.7e-5)

  @Test(arguments: [
    "expected_v2/score", "expected_v2/score_unit_normalize", "expected_v2/score_nearest",
    "expected_v2/score_preconditioned", "expected_v2/score_preconditioned_unit",
    "expected_v2/score_nearest_unit", "expected_v2/score_mean", "expected_v2/score_unit_mean_preconditioned",
    "expected_v2/score_sum_normalized", "expected_v2/score_modules", "expected_v2/score_query_batch",
    "expected_v2/score_candidates", "expected_v2/score_absolute_damped_inverse",
    "expected_v2/score_factored_tikhonov", "expected_v2/score_pseudoinverse", "expected_v2/score_tikhonov_filtered",
    "expected_v2/score_reduced", "expected_v2/score_reduced_unit", "expected_v2/score_bf16", "expected/score",
    "expected/score_unit_normalize", "expected/score_mean", "expected/score_sum_normalized", "expected/score_modules",
  ])
  func scoresEqualTheReference(name: String) throws {
    let fixture = try FixtureSet.gptNeoX.fixtureCase(name)
    let score = try fixture.scoreConfiguration()
    try check(fixture, score, tolerance: fixture.tolerance("scores") ?? Self.usual)
  }

  @Test(arguments: [
    "expected_v2/score_attribute_tokens", "expected_v2/score_attribute_tokens_unit",
    "expected_v2/score_attribute_tokens_preconditioned_unit",
  ])
  func tokenScoresEqualTheReference(name: String) throws {
    let fixture = try FixtureSet.gptNeoX.fixtureCase(name)
    try check(fixture, fixture.scoreConfiguration(), tolerance: Self.usual)
  }

  @Test func nearestEqualsWhatTheOldReleaseMeant() throws {
    try checkMeantNearest(FixtureSet.gptNeoX.fixtureCase("expected/score_nearest_expected"))
  }

  func checkMeantNearest(_ fixture: FixtureCase) throws {
    var score = ScoreConfig()
    score.score = .nearest
    score.queryPath = fixture.set.path("expected/query_p_small")
    var index = try fixture.indexConfiguration(run: URL(fileURLWithPath: "/"))
    index.projectionDim = try fixture.set.fixtureCase("expected/query_p_small")
      .indexConfiguration(run: URL(fileURLWithPath: "/")).projectionDim
    try check(fixture, score, index: index, tolerance: Self.usual)
  }

  @Test func unprojectedScoresEqualTheReference() throws {
    try checkUnprojected(FixtureSet.gptNeoX.fixtureCase("expected_v2/score_unprojected"))
  }

  func checkUnprojected(_ fixture: FixtureCase) throws {
    let scratch = try Scratch()
    var queries = try fixture.indexConfiguration(run: scratch.url.appendingPathComponent("query_raw"))
    queries.data.dataset = fixture.set.path("query.jsonl")
    _ = try BuildPipeline(queries, PreprocessConfig()).run(RunContext())
    var score = try fixture.scoreConfiguration()
    score.queryPath = queries.runPath
    try check(fixture, score, tolerance: #require(try fixture.tolerance("scores")))
    // The same queries again, streamed in blocks of three instead of held in memory.
    score.queryBatchSize = 3
    try check(fixture, score, tolerance: #require(try fixture.tolerance("scores")))
  }

  /// Some cases keep the matrices of a directory without the recipe that the tool writes beside them.
  private func complete(_ path: String, projectionDim: Int, in scratch: Scratch) throws -> String {
    let original = URL(fileURLWithPath: path)
    let recipe = original.appendingPathComponent(ProcessorConfig.fileName)
    guard !FileManager.default.fileExists(atPath: recipe.path) else { return path }
    let copy = scratch.url.appendingPathComponent(original.lastPathComponent)
    try FileManager.default.copyItem(at: original, to: copy)
    try ProcessorConfig(projectionDim: projectionDim, projectionVersion: 2)
      .write(to: copy.appendingPathComponent(ProcessorConfig.fileName))
    return copy.path
  }

  /// H = c H_query + (1 - c) H_index with the recorded c; the case keeps only three modules of the mixture itself.
  @Test func scoresWithAMixedHessianEqualTheReference() throws {
    try checkMixed(FixtureSet.gptNeoX.fixtureCase("expected_v2/score_mixed_unit"))
  }

  func checkMixed(_ fixture: FixtureCase) throws {
    let set = fixture.set
    let scratch = try Scratch()
    let queryRun = scratch.url.appendingPathComponent("hessian_query")
    var configuration = try set.fixtureCase("expected_v2/hessian_query").indexConfiguration(run: queryRun)
    (configuration.skipIndex, configuration.skipPreconditioners) = (true, false)
    _ = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    let query = try AutocorrelationHessian(directory: queryRun)
    let index = try AutocorrelationHessian(
      directory: URL(fileURLWithPath: set.path("expected_v2/hessian_autocorrelation")))
    let summary = try JSONDecoder().decode(
      MixSummary.self, from: Data(contentsOf: URL(fileURLWithPath: set.path("expected_v2/mix/summary.json"))))
    let c = summary.mixingCoefficient
    let mixed = try query.blocks.map { own in
      let other = try #require(index.blocks.first { $0.name == own.name })
      let values = zip(own.matrix.values, other.matrix.values).map { c * $0 + (1 - c) * $1 }
      let matrix = SymmetricMatrix(order: own.matrix.order, values: values)
      return AutocorrelationHessian.Block(name: own.name, matrix: matrix, eigen: try matrix.eigendecomposition())
    }
    let directory = scratch.url.appendingPathComponent("mix")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try AutocorrelationHessian(blocks: mixed, documentCount: index.documentCount).write(to: directory)
    try ProcessorConfig(projectionDim: configuration.projectionDim).write(
      to: directory.appendingPathComponent(ProcessorConfig.fileName))
    try check(fixture, try fixture.scoreConfiguration(), preconditioner: directory.path, tolerance: Self.usual)
  }

  private struct MixSummary: Decodable {
    let mixingCoefficient: Double

    enum CodingKeys: String, CodingKey { case mixingCoefficient = "mixing_coefficient" }
  }

  /// The scores of a case, made anew from the reference's own queries.
  func check(
    _ fixture: FixtureCase, _ score: ScoreConfig, index: IndexConfig? = nil, preconditioner: String? = nil,
    tolerance: (overMaximum: Double, rowRelative: Double)
  ) throws {
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    var configuration = try index ?? fixture.indexConfiguration(run: run)
    configuration.runPath = run.path
    var preprocess = try fixture.preprocessConfiguration()
    if let preconditioner { preprocess.preconditionerPath = preconditioner }
    preprocess.preconditionerPath = try preprocess.preconditionerPath.map {
      try complete($0, projectionDim: configuration.projectionDim, in: scratch)
    }
    // What the reference's `reduce` case did to its row before it was stored.
    let queryName = URL(fileURLWithPath: score.queryPath).lastPathComponent
    var stored = PreprocessConfig()
    if queryName.hasPrefix("reduce") {
      stored = try fixture.set.fixtureCase("\(fixture.version)/\(queryName)").preprocessConfiguration()
    }
    var score = score
    score.queryPath = try complete(score.queryPath, projectionDim: configuration.projectionDim, in: scratch)
    var data = DataConfig()
    data.dataset = fixture.set.path("query.jsonl")
    let outcome = try ScorePipeline(
      score, configuration, preprocess, queries: ScorePipeline.QueryRun(preprocess: stored, data: data)
    ).run(RunContext())

    let scores = try ScoreFile(opening: run)
    let reference = try fixture.array("scores.npy")
    let offsets = fixture.directory.appendingPathComponent("offsets.npy")
    if FileManager.default.fileExists(atPath: offsets.path) {
      #expect(try scores.tokenOffsets()?.map(Int64.init) == NumPyArray<Int64>(contentsOf: offsets).values)
      #expect((0..<scores.rowCount).allSatisfy { scores.isWritten(row: $0, query: scores.queryCount - 1) })
    }
    var values = [Float](repeating: 0, count: scores.rowCount * scores.queryCount)
    scores.readScores(0..<scores.rowCount, queries: 0..<scores.queryCount, into: &values)
    // The reference writes one column per query for an aggregate and fills only the first.
    let columns = reference.shape.count > 1 ? reference.shape[1] : 1
    let expected =
      columns == scores.queryCount
      ? reference.values : stride(from: 0, to: reference.values.count, by: columns).map { reference.values[$0] }
    let distance = Distance(values, expected, columns: scores.queryCount)
    // bfloat16 keeps eight bits, in gradients and in scores: half a unit each of the sum's terms and of the result.
    let limit = scores.storage == .bfloat16 ? (overMaximum: 1e-3, rowRelative: 1e-3) : tolerance
    #expect(distance.isWithin(limit), "\(fixture.directory.lastPathComponent): \(distance), recorded \(tolerance)")
    let summary = try #require(outcome.summary)
    #expect(summary.top.count == scores.queryCount)
    let candidates = fixture.directory.appendingPathComponent("candidates.npy")
    if FileManager.default.fileExists(atPath: candidates.path) {
      let own = try NumPyArray<Int64>(contentsOf: run.appendingPathComponent("candidates.npy"))
      #expect(try own.values == NumPyArray<Int64>(contentsOf: candidates).values)
    }
  }
}
