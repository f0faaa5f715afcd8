import Foundation
import Synchronization
import Testing

@testable import Engine

/// `trackstar` and `ekfac`: what their steps leave, what an interruption leaves, and what the steps are alone.
@Suite struct StagedPipelineTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  private func trackstar(_ change: (inout TrackstarConfig) -> Void = { _ in }) -> TrackstarConfig {
    var trackstar = TrackstarConfig()
    trackstar.query.data.dataset = FixtureSet.gptNeoX.path("query.jsonl")
    trackstar.targetDownweightComponents = 10
    change(&trackstar)
    return trackstar
  }

  private func pipeline(resume: Bool = false) -> HessianPipelineConfig {
    var pipeline = HessianPipelineConfig()
    pipeline.query.data.dataset = FixtureSet.gptNeoX.path("query.jsonl")
    pipeline.resume = resume
    return pipeline
  }

  private func ekfac(_ name: String, resume: Bool = false, _ context: RunContext = RunContext()) throws -> RunOutcome {
    try EkfacPipeline(
      fixture.configuration(name) { $0.projectionDim = 0 }, HessianConfig(), ScoreConfig(), pipeline(resume: resume)
    ).run(context)
  }

  /// A context that notes the stages of a run and cancels it when one begins.
  private final class Observer: Sendable {
    let stages = Mutex<[String]>([])
    let cancelsAt: String?

    init(cancelsAt: String? = nil) { self.cancelsAt = cancelsAt }

    var context: RunContext {
      RunContext(
        progress: { [self] progress in
          stages.withLock { if $0.last != progress.stage { $0.append(progress.stage) } }
        },
        isCancelled: { [self] in
          stages.withLock { stages in cancelsAt.map { stages.contains($0) } ?? false }
        })
    }
  }

  private func names(_ run: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: fixture.url(run).path).filter { $0 != ".lock" }.sorted()
  }

  @Test func everyDataSetGoesThroughTheModelOnce() throws {
    let observer = Observer()
    _ = try TrackstarPipeline(fixture.configuration("run"), trackstar()).run(observer.context)
    #expect(
      observer.stages.withLock { $0 } == [
        "value gradients", "autocorrelation", "query gradients", "autocorrelation", "scores",
      ])
    #expect(
      try names("run") == [
        "mixed_hessian", "processor_config.yaml", "query", "query_hessian", "scores", "value_hessian",
      ])
  }

  /// The same by four commands, with another way through the rows.
  @Test func theStepsAloneGiveTheSameScores() throws {
    _ = try TrackstarPipeline(fixture.configuration("run"), trackstar { $0.preprocess.unitNormalize = true })
      .run(RunContext())
    for (name, data) in [("value", "data.jsonl"), ("query", "query.jsonl")] {
      try fixture.build(fixture.configuration(name) { $0.data.dataset = FixtureSet.gptNeoX.path(data) })
    }
    let mixture = try HessianMixture(
      query: AutocorrelationHessian(directory: fixture.url("query")),
      value: AutocorrelationHessian(directory: fixture.url("value")), target: 10, source: "value")
    let mixed = fixture.url("mixed")
    try FileManager.default.createDirectory(at: mixed, withIntermediateDirectories: true)
    try mixture.hessian(workers: 1).write(to: mixed)
    try FileManager.default.copyItem(
      at: fixture.url("value/processor_config.yaml"), to: mixed.appendingPathComponent("processor_config.yaml"))
    var preprocess = PreprocessConfig()
    preprocess.unitNormalize = true
    preprocess.preconditionerPath = mixed.path
    _ = try fixture.score("query", fixture.configuration("scores"), preprocess, queryData: "query.jsonl")
    let (own, alone) = try (scores("run/scores"), scores("scores"))
    // Rows are multiplied in blocks of other sizes, which round otherwise.
    #expect(Distance(own, alone, columns: 4).overMaximum < 1e-5)
  }

  private func scores(_ run: String) throws -> [Float] {
    let file = try ScoreFile(opening: fixture.url(run))
    var values = [Float](repeating: 0, count: file.rowCount * file.queryCount)
    file.readScores(0..<file.rowCount, queries: 0..<file.queryCount, into: &values)
    return values
  }

  @Test(arguments: ["value gradients", "autocorrelation", "query gradients", "scores"], [Aggregation.none, .mean])
  func anInterruptedRunGoesOnWhereItWas(stage: String, aggregation: Aggregation) throws {
    let settings = trackstar { $0.query.aggregation = aggregation }
    _ = try TrackstarPipeline(fixture.configuration("whole"), settings).run(RunContext())
    let interrupted = Observer(cancelsAt: stage)
    #expect(throws: CancellationError.self) {
      try TrackstarPipeline(fixture.configuration("run"), settings).run(interrupted.context)
    }
    #expect(!FileManager.default.fileExists(atPath: fixture.url("run").path))
    #expect(FileManager.default.fileExists(atPath: fixture.url("run.part").path) == (stage != "value gradients"))
    let resumed = Observer()
    var again = settings
    again.resume = true
    let outcome = try TrackstarPipeline(fixture.configuration("run"), again).run(resumed.context)
    let stages = resumed.stages.withLock { $0 }
    #expect(stages.contains("value gradients") == (stage == "value gradients"))
    #expect(stages.contains("query gradients") == (stage != "scores"))
    for file in ["scores/scores.bin", "mixed_hessian/hessians.safetensors", "query/gradients.bin"] {
      #expect(try fixture.bytes("run", file) == fixture.bytes("whole", file), "\(file)")
    }
    #expect(try names("run") == names("whole"))
    #expect(outcome.metrics.first { $0.name == "tokens" }?.value == 624)
    #expect(
      throws: RunDirectoryError.complete(path: fixture.url("run").path)
    ) { try TrackstarPipeline(fixture.configuration("run"), again).run(RunContext()) }
  }

  @Test func aRunIsNotResumedWithOtherSettings() throws {
    #expect(throws: CancellationError.self) {
      try TrackstarPipeline(fixture.configuration("run"), trackstar()).run(Observer(cancelsAt: "scores").context)
    }
    let changes: [(String, (inout IndexConfig, inout TrackstarConfig) -> Void)] = [
      ("projection_seed", { index, _ in index.projectionSeed = 3 }),
      ("token_rows", { index, _ in index.data.split = "train[:12]" }),
      ("query_token_rows", { _, trackstar in trackstar.query.data.split = "train[:2]" }),
      ("target_downweight_components", { _, trackstar in trackstar.targetDownweightComponents = 11 }),
      ("damping_factor", { _, trackstar in trackstar.preprocess.inversionConfig.dampingFactor = 0.2 }),
      ("stats_sample_size", { index, _ in index.statsSampleSize = 5 }),
    ]
    for (name, change) in changes {
      var (index, trackstar) = (fixture.configuration("run"), trackstar { $0.resume = true })
      change(&index, &trackstar)
      let error = #expect(throws: StagedRunError.self) {
        try TrackstarPipeline(index, trackstar).run(RunContext())
      }
      #expect(error?.description.contains("with \(name) ") == true, "\(name): \(String(describing: error))")
    }
    // What changes no number may change, and what was refused has done no harm.
    let moved = fixture.configuration("run") { ($0.workers, $0.tokenBatchSize) = (1, 128) }
    _ = try TrackstarPipeline(moved, trackstar { $0.resume = true }).run(RunContext())
  }

  @Test func statisticsAreOfTheFirstDocumentsOfTheSlice() throws {
    let slice = { (index: inout IndexConfig) in
      index.data.split = "train[4:12]"
      index.statsSampleSize = 3
    }
    _ = try TrackstarPipeline(fixture.configuration("run", slice), trackstar()).run(RunContext())
    try fixture.build(
      fixture.configuration("alone") {
        $0.data.split = "train[4:7]"
        $0.skipIndex = true
      })
    let hessians = try ["run/value_hessian", "alone"].map { try AutocorrelationHessian(directory: fixture.url($0)) }
    for (own, alone) in zip(hessians[0].blocks, hessians[1].blocks) {
      #expect(own.name == alone.name)
      // Gradients of a document round otherwise in another batch.
      let distance = Distance(
        own.matrix.values.map(Float.init), alone.matrix.values.map(Float.init), columns: own.matrix.order)
      #expect(distance.overMaximum < 1e-5, "\(own.name): \(distance)")
    }
    _ = try TrackstarPipeline(
      fixture.configuration("all", slice), trackstar { $0.limitsStatistics = false }
    ).run(RunContext())
    #expect(
      try fixture.bytes("all/value_hessian", "hessians.safetensors")
        != fixture.bytes("run/value_hessian", "hessians.safetensors"))
  }

  @Test func scoresMayBeOfSomeModulesAlone() throws {
    let modules = ["layers.0.mlp.dense_h_to_4h", "layers.1.attention.dense"]
    _ = try TrackstarPipeline(
      fixture.configuration("some") { $0.modules = modules }, trackstar { $0.targetDownweightComponents = 0 }
    ).run(RunContext())
    _ = try TrackstarPipeline(
      fixture.configuration("all"),
      trackstar {
        $0.targetDownweightComponents = 0
        $0.score.modules = modules
      }
    ).run(RunContext())
    #expect(Distance(try scores("all/scores"), try scores("some/scores"), columns: 4).overMaximum < 1e-6)
  }

  @Test func anInterruptedEkfacGoesOnWhereItWas() throws {
    _ = try ekfac("whole")
    for stage in ["covariances", "scores"] {
      #expect(throws: CancellationError.self) { try ekfac(stage, Observer(cancelsAt: stage).context) }
      let resumed = Observer()
      _ = try ekfac(stage, resume: true, resumed.context)
      #expect(resumed.stages.withLock { !$0.contains("query gradients") })
      #expect(try fixture.bytes(stage, "scores/scores.bin") == fixture.bytes("whole", "scores/scores.bin"))
      #expect(try names(stage) == ["hessian", "kfac_query", "processor_config.yaml", "query", "scores"])
    }
  }
}
