/// How well a run did beside its baselines: a line for each method, a column for each measure.
import Engine
import Foundation

struct EvaluationTable {
  let lines: [String]

  /// - Parameter intervals: whether cells have the bounds of their intervals beside the value.
  init(_ evaluations: [AttributionSummary.Evaluation], intervals: Bool = false) {
    var methods: [String] = []
    for evaluation in evaluations where !methods.contains(evaluation.method) { methods.append(evaluation.method) }
    let measures = evaluations.filter { $0.method == methods.first }
    let rows = methods.map { method in
      [method]
        + measures.map { measure in
          let value = evaluations.first { $0.method == method && $0.metric == measure.metric && $0.k == measure.k }
          return value.map { Self.cell($0, interval: intervals) } ?? "-"
        }
    }
    let titles = measures.map { measure in
      (title: Self.title(measure), alignment: TextTable.Alignment.right)
    }
    lines = TextTable([(title: "method", alignment: .left)] + titles, rows: rows).lines
  }

  private static func cell(_ evaluation: AttributionSummary.Evaluation, interval shown: Bool) -> String {
    let value = String(format: "%.3f", evaluation.value)
    guard shown, let interval = evaluation.interval else { return value }
    return String(format: "%@ (%.3f to %.3f)", value, interval.lowerBound, interval.upperBound)
  }

  private static func title(_ measure: AttributionSummary.Evaluation) -> String {
    switch measure.metric {
    case "meanReciprocalRank": "MRR"
    case "lds": "LDS"
    default: measure.metric + (measure.k.map { "@\($0)" } ?? "")
    }
  }
}
