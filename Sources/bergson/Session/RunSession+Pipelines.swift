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
          queries: .init(made),
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
      case .evaluate:
        return try Self.evaluate(work).outcome
      }
    }
    let isEvaluation = step.command == .evaluate
    if let evaluations = finished.outcome.summary?.evaluations, !evaluations.isEmpty {
      for line in EvaluationTable(evaluations, intervals: isEvaluation).lines { try finished.console.result(line) }
    }
    if let path = finished.run.path { try finished.console.result(path) }
  }

  /// `evaluate`: what the scores' configuration says where the evaluation's own does not.
  static func evaluate(_ work: Work) throws -> EvaluationPipeline.Result {
    let configuration = work.step.evaluation
    let needsRun = configuration.data.isUnknown || configuration.query.isUnknown || configuration.model.isEmpty
    let run = needsRun ? try RunSource.scoredRun(configuration.scores) : nil
    return try EvaluationPipeline(configuration, of: run).evaluate(work.context)
  }
}
