import Foundation
import Testing

@testable import Engine

/// Runs of several steps against the Python tool's.
@Suite struct PipelineConformanceTests {
  private static let sets = [FixtureSet.gptNeoX, .gpt2, .llama]

  @Test(
    arguments: sets, ["trackstar", "trackstar_no_mix", "trackstar_unit", "trackstar_unit_mean"])
  func trackstarEqualsTheReference(set: FixtureSet, name: String) throws {
    let fixture = try set.fixtureCase("expected_v2/\(name)")
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    let trackstar = try fixture.trackstarConfiguration()
    let outcome = try TrackstarPipeline(fixture.indexConfiguration(run: run), trackstar).run(RunContext())
    try compare(run.appendingPathComponent("scores"), with: fixture)

    let summary = try MixSummary(of: fixture)
    let directories = try FileManager.default.contentsOfDirectory(atPath: run.path)
      .filter { !$0.hasSuffix(".yaml") }
    #expect(directories.sorted() == summary.directories)
    let coefficient = outcome.metrics.first { $0.name == "mixingCoefficient" }?.value
    #expect((coefficient == nil) == (summary.mixingCoefficient == nil))
    // Eigenvalues of Gram matrices of float32 rows, whose relative distance is some 1e-6.
    if let coefficient, let recorded = summary.mixingCoefficient { #expect(abs(coefficient - recorded) < 1e-5) }
    let queries = try GradientIndex(opening: run.appendingPathComponent("query"))
    let recorded = try fixture.array("query_gradients.npy")
    #expect([queries.rowCount, queries.rowWidth] == recorded.shape)
  }

  @Test(arguments: sets, ["ekfac", "ekfac_corrected", "ekfac_projected", "ekfac_projected_global"])
  func ekfacEqualsTheReference(set: FixtureSet, name: String) throws {
    let fixture = try set.fixtureCase("expected_v2/\(name)")
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    let given = try fixture.pipelineConfiguration()
    var pipeline = HessianPipelineConfig()
    pipeline.query.data.dataset = set.path(given.query.dataset)
    pipeline.query.aggregation = given.query.aggregation ?? .none
    _ = try EkfacPipeline(
      fixture.indexConfiguration(run: run), fixture.hessianConfiguration(), ScoreConfig(), pipeline
    ).run(RunContext())
    try compare(run.appendingPathComponent("scores"), with: fixture)
  }

  private func compare(_ directory: URL, with fixture: FixtureCase) throws {
    let scores = try ScoreFile(opening: directory)
    var values = [Float](repeating: 0, count: scores.rowCount * scores.queryCount)
    scores.readScores(0..<scores.rowCount, queries: 0..<scores.queryCount, into: &values)
    let distance = try Distance(values, fixture.array("scores.npy").values, columns: scores.queryCount)
    // Projected cases record no distance: in units of the largest score, the largest that the sets' other `ekfac` cases
    // record. Their rows have a single score, which may be next to nothing by cancellation, so that there is no distance
    // of a row to speak of.
    let tolerance = try fixture.tolerance("scores") ?? (overMaximum: 3e-6, rowRelative: .infinity)
    #expect(distance.isWithin(tolerance), "\(fixture.directory.path): \(distance), recorded \(tolerance)")
  }

  @Test(arguments: sets, ["mix", "mix_many"])
  func mixtureEqualsTheReference(set: FixtureSet, name: String) throws {
    let fixture = try set.fixtureCase("expected_v2/\(name)")
    let (query, value) = (try whole(set, "hessian_query"), try whole(set, "hessian_autocorrelation"))
    let mixture = try HessianMixture(
      query: query, value: value, target: name == "mix" ? 10 : 100_000, source: name)
    let recorded = try #require(try MixSummary(of: fixture).mixingCoefficient)
    #expect(abs(mixture.coefficient - recorded) < 1e-5, "\(set.root.lastPathComponent) \(name)")
    // The other case keeps the coefficient only.
    guard name == "mix" else { return }
    let mixed = try mixture.hessian(workers: 2)
    for block in try AutocorrelationHessian(directory: fixture.directory).blocks {
      let own = try #require(mixed.blocks.first { $0.name == block.name })
      let distance = Distance(
        own.matrix.values.map(Float.init), block.matrix.values.map(Float.init), columns: block.matrix.order)
      // What the autocorrelations that it is made of record.
      #expect(
        distance.isWithinOverMaximum((overMaximum: 2e-6, rowRelative: .infinity)),
        "\(set.root.lastPathComponent) \(block.name): \(distance)")
    }
  }

  /// The sets keep some modules of a Hessian; a mixing coefficient needs all of them.
  private func whole(_ set: FixtureSet, _ name: String) throws -> AutocorrelationHessian {
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    var configuration = try set.fixtureCase("expected_v2/\(name)").indexConfiguration(run: run)
    (configuration.skipIndex, configuration.skipPreconditioners) = (true, false)
    _ = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    return try AutocorrelationHessian(directory: run)
  }

  private struct MixSummary: Decodable {
    var mixingCoefficient: Double?
    var directories: [String]?

    enum CodingKeys: String, CodingKey {
      case directories
      case mixingCoefficient = "mixing_coefficient"
    }

    init(of fixture: FixtureCase) throws {
      self = try JSONDecoder().decode(
        Self.self, from: Data(contentsOf: fixture.directory.appendingPathComponent("summary.json")))
    }
  }
}

extension FixtureCase {
  /// The settings of a `trackstar` case.
  fileprivate func trackstarConfiguration() throws -> TrackstarConfig {
    struct Given: Decodable {
      let query: PipelineConfiguration.Query
      let target: Int
      let mixes: Bool
      let preprocess: [String: Bool]

      enum CodingKeys: String, CodingKey {
        case query
        case target = "target_downweight_components"
        case mixes = "mix_hessians"
        case preprocess = "preprocess_cfg"
      }
    }
    struct Case: Decodable {
      let trackstar: Given
      enum CodingKeys: String, CodingKey { case trackstar = "trackstar_cfg" }
    }
    let given = try JSONDecoder().decode(
      Case.self, from: Data(contentsOf: directory.appendingPathComponent("case.json"))
    ).trackstar
    var trackstar = TrackstarConfig()
    trackstar.query.data.dataset = set.path(given.query.dataset)
    trackstar.query.aggregation = given.query.aggregation ?? .none
    trackstar.preprocess.unitNormalize = given.preprocess["unit_normalize"] ?? false
    trackstar.targetDownweightComponents = given.target
    trackstar.mixHessians = given.mixes
    return trackstar
  }
}
