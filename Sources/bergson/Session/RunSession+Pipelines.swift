/// Which pipeline a step runs, and what it prints when it is done.
import Catalog
import Engine
import Foundation

extension RunSession {
  /// Runs the pipeline of a step that makes a run directory, and prints the directory as its result.
  func run() throws {
    let finished = try run { work in
      switch work.step.command {
      case .build, .reduce:
        return try BuildPipeline(work.step.index, work.step.preprocess, companions: work.companions).run(work.context)
      case .preconditioners:
        var configuration = work.step.index
        configuration.skipIndex = true
        return try BuildPipeline(configuration, PreprocessConfig(), companions: work.companions).run(work.context)
      case .hessian:
        return try HessianPipeline(work.step.index, work.step.hessian, companions: work.companions).run(work.context)
      case .score:
        let made = try RunSource.step(of: work.step.score.queryPath)
        return try ScorePipeline(
          work.step.score, work.step.index, work.step.preprocess,
          queries: .init(preprocess: made.preprocess, data: made.index.data, maxTokens: made.index.maxTokens),
          companions: work.companions
        ).run(work.context)
      case .trackstar:
        return try TrackstarPipeline(
          work.step.index, work.step.trackstar, companions: work.stepCompanions, whole: work.companions
        ).run(work.context)
      case .ekfac:
        return try EkfacPipeline(
          work.step.index, work.step.hessian, work.step.score, work.step.hessianPipeline,
          companions: work.stepCompanions, whole: work.companions
        ).run(work.context)
      case .query:
        preconditionFailure("`query` makes no run directory")
      }
    }
    if let evaluations = finished.outcome.summary?.evaluations, !evaluations.isEmpty {
      for line in EvaluationTable(evaluations).lines { try finished.console.result(line) }
    }
    try finished.console.result(finished.run.path ?? "")
  }
}

/// Recall of a run beside its baselines.
struct EvaluationTable {
  let lines: [String]

  init(_ evaluations: [AttributionSummary.Evaluation]) {
    var methods: [String] = []
    for evaluation in evaluations where !methods.contains(evaluation.method) { methods.append(evaluation.method) }
    let measures = evaluations.filter { $0.method == methods.first }
    let rows = methods.map { method in
      [method]
        + measures.map { measure in
          let value = evaluations.first { $0.method == method && $0.metric == measure.metric && $0.k == measure.k }
          return value.map { String(format: "%.3f", $0.value) } ?? "-"
        }
    }
    let titles = measures.map { measure in
      measure.k.map { (title: "recall@\($0)", alignment: TextTable.Alignment.right) } ?? (
        title: "MRR", alignment: .right
      )
    }
    lines = TextTable([(title: "method", alignment: .left)] + titles, rows: rows).lines
  }
}
