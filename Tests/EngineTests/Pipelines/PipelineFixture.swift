import Foundation

@testable import Engine

/// Runs of the pipelines on the fixture model and its data.
struct PipelineFixture {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func url(_ name: String) -> URL { scratch.url.appendingPathComponent(name) }

  /// Small batches, so that there are several for two workers.
  func configuration(_ run: String, _ change: (inout IndexConfig) -> Void = { _ in }) -> IndexConfig {
    var configuration = IndexConfig()
    configuration.model = FixtureSet.gptNeoX.path("model")
    configuration.data.dataset = FixtureSet.gptNeoX.path("data.jsonl")
    configuration.runPath = url(run).path
    configuration.projectionDim = 4
    configuration.tokenBatchSize = 64
    configuration.workers = 2
    change(&configuration)
    return configuration
  }

  /// A data file of one text to a line.
  func data(_ texts: [String], _ name: String = "data.jsonl") throws -> String {
    let lines = try texts.map { String(decoding: try JSONEncoder().encode(["text": $0]), as: UTF8.self) + "\n" }
    try Data(lines.joined().utf8).write(to: url(name))
    return url(name).path
  }

  @discardableResult
  func build(
    _ configuration: IndexConfig, _ preprocess: PreprocessConfig = PreprocessConfig(),
    _ context: RunContext = RunContext()
  ) throws -> RunOutcome {
    try BuildPipeline(configuration, preprocess).run(context)
  }

  func rows(_ run: String) throws -> (values: [Float], width: Int) {
    let index = try GradientIndex(opening: url(run))
    var rows = [Float](repeating: 0, count: index.rowCount * index.rowWidth)
    index.readRows(0..<index.rowCount, into: &rows)
    return (rows, index.rowWidth)
  }

  func bytes(_ run: String, _ file: String) throws -> Data {
    try Data(contentsOf: url(run).appendingPathComponent(file))
  }

  func score(
    _ queries: String, _ configuration: IndexConfig, _ preprocess: PreprocessConfig = PreprocessConfig(),
    queryData: String? = nil, context: RunContext = RunContext(), change: (inout ScoreConfig) -> Void = { _ in }
  ) throws -> RunOutcome {
    var score = ScoreConfig()
    score.queryPath = url(queries).path
    change(&score)
    var data = configuration.data
    if let queryData { data.dataset = queryData }
    return try ScorePipeline(
      score, configuration, preprocess, queries: ScorePipeline.QueryRun(preprocess: PreprocessConfig(), data: data)
    ).run(context)
  }

  /// Nothing of a run is left, neither under its name nor under the one that it works in.
  func isGone(_ run: String) -> Bool {
    let left = (try? FileManager.default.contentsOfDirectory(atPath: scratch.url.path)) ?? []
    return !left.contains { $0.hasPrefix(run) }
  }
}
