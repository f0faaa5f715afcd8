/// What each run costs, and what it is worth where that was evaluated.
import Catalog
import Foundation

extension ComparisonBuilder {
  func costSection() -> ReportSection {
    let qualities = self.qualities
    let costs: [(title: String, name: String, figure: (Double) -> Figure)] = [
      ("Wall time#", "wallTime", Figure.duration), ("Peak memory#", "peakMemory", Figure.size),
      ("Forward passes#", "forwardPasses", { .count(Int($0)) }), ("Tokens/s#", "tokensPerSecond", Figure.value),
    ]
    let rows = subjects.enumerated().map { place, subject -> (String, [ReportTable.Cell]) in
      let own = costs.map { cost -> ReportTable.Cell in
        metric(cost.name, of: subject).map { .figure(cost.figure($0)) } ?? .none
      }
      let sources: ReportTable.Cell = subject.sourceTime.map { .figure(.duration($0)) } ?? .none
      let quality = qualities.map { quality -> ReportTable.Cell in
        guard let record = quality.record(of: subject) else { return .none }
        return .figure(
          .share(record.value), interval: Self.interval(record),
          isMarked: record.value == subjects.compactMap { quality.record(of: $0)?.value }.max())
      }
      return (title(place), [own[0], sources] + own.dropFirst() + quality)
    }
    let table = ReportTable(
      "cost", caption: "Cost, and quality where it was evaluated; the best of a measure is in bold.",
      columns: ["Run", "Wall time#", "of its sources#"] + costs.dropFirst().map(\.title)
        + qualities.map { $0.title + "#" }, rows: rows)
    return ReportSection(
      "cost", "What does it cost, what is it worth?",
      sentences: qualities.isEmpty
        ? [
          "None of the runs was evaluated, so cost stands alone: --supporting_column at score, or bergson evaluate, measures "
            + "what a ranking is worth."
        ] : [], pictures: qualities.first.flatMap(picture).map { [$0] } ?? [], tables: [table],
      note:
        "A run that took over what an earlier one had made is cheap for that reason: forward passes tell. Sources are the "
        + "runs that a run's queries and preconditioners come from.")
  }

  private func metric(_ name: String, of subject: ComparedRuns.Subject) -> Double? {
    subject.details.metrics.first { $0.name == name }?.value
  }

  // MARK: - Quality

  private struct Quality: Hashable {
    var metric: String
    var k: Int?

    var title: String { EvaluationWords.heading(metric: metric, k: k) }

    func record(of subject: ComparedRuns.Subject) -> EvaluationRecord? {
      subject.evaluations.first { $0.metric == metric && $0.k == k && !EvaluationWords.isBaseline($0.method) }
    }
  }

  /// Measures that any of the runs has, in the order in which the first has them.
  private var qualities: [Quality] {
    var seen: Set<Quality> = []
    return subjects.flatMap(\.evaluations).filter { !EvaluationWords.isBaseline($0.method) }
      .map { Quality(metric: $0.metric, k: $0.k) }.filter { seen.insert($0).inserted }
  }

  private static func interval(_ record: EvaluationRecord) -> ReportTable.Interval? {
    guard let low = record.lowerBound, let high = record.upperBound else { return nil }
    return .init(low: .share(low), high: .share(high))
  }

  /// Time against the first measure, where two runs have both.
  private func picture(_ quality: Quality) -> ReportSection.Picture? {
    let dots = subjects.enumerated().compactMap { place, subject -> ScatterChart.Dot? in
      guard let record = quality.record(of: subject), let time = metric("wallTime", of: subject) else { return nil }
      var whisker: ClosedRange<Double>?
      if let low = record.lowerBound, let high = record.upperBound { whisker = low...high }
      return .init(
        x: time + (subject.sourceTime ?? 0), y: record.value, isMarked: true, label: Self.letter(place),
        whisker: whisker)
    }
    guard dots.count >= 2 else { return nil }
    let description =
      "\(quality.title) against wall time in seconds with that of the sources, for "
      + "\(NumberText.count(dots.count)) runs; vertical lines are 95 % intervals."
    let chart = ScatterChart(
      id: "cost", dots: dots, title: "\(quality.title) against time", description: description,
      xLabel: "wall time with sources, s", yLabel: quality.title, radius: 4)
    return .init(chart: Markup(chart.draw(), description: description), caption: description)
  }
}
