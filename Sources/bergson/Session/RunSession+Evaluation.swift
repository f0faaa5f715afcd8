/// An evaluation from the command line, and what it prints.
import Catalog
import Engine
import Foundation

extension RunSession {
  /// - Parameter json: print an object for programs, with the value of every query, instead of a table.
  func evaluate(json: Bool) throws {
    guard json else { return try run() }
    var values: [String: [Double]] = [:]
    let finished = try run { work in
      let result = try Self.evaluate(work)
      values = result.queryValues
      return result.outcome
    }
    let output = EvaluationOutput(
      run: finished.run.id, measure: step.evaluation.measure.rawValue, scores: step.evaluation.scores,
      bootstrap: .init(seed: Bootstrap.seed, resamples: Bootstrap.resamples),
      evaluations: (finished.outcome.summary?.evaluations ?? []).map { .init($0, queryValues: values[$0.method]) },
      warnings: finished.outcome.warnings)
    try finished.console.result(JSONText.of(output))
  }
}

private struct EvaluationOutput: Encodable {
  struct Intervals: Encodable {
    let seed: UInt64
    let resamples: Int
  }

  struct Evaluation: Encodable {
    let method: String
    let metric: String
    let k: Int?
    let value: Double
    let low: Double?
    let high: Double?
    let queries: Int
    /// What `value` is the mean of, where that is one number for each query.
    let queryValues: [Double]?

    init(_ evaluation: AttributionSummary.Evaluation, queryValues: [Double]?) {
      method = evaluation.method
      metric = evaluation.metric
      k = evaluation.k
      value = evaluation.value
      low = evaluation.interval?.lowerBound
      high = evaluation.interval?.upperBound
      queries = evaluation.queries
      self.queryValues = queryValues
    }
  }

  let run: String
  let measure: String
  let scores: String
  let bootstrap: Intervals
  let evaluations: [Evaluation]
  let warnings: [String]
}
