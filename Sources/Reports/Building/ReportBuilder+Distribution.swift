/// How the scores of all documents for all queries are distributed.
import Catalog

extension ReportBuilder {
  func distributionSection() -> ReportDocument.Distribution? {
    let records = publication.histograms.filter { $0.queryPosition == nil }.sorted { $0.bin < $1.bin }
    guard let first = records.first, let last = records.last else { return nil }
    let bins = records.map { HistogramChart.Bin(lower: $0.lowerBound, upper: $0.upperBound, count: $0.count) }
    let sentences = [Self.summary(bins), "Counts are on a logarithmic scale, where the few large scores can be seen."]
    let chart = HistogramChart(
      bins: bins, title: "Distribution of scores",
      description: "Histogram of scores from \(NumberText.value(first.lowerBound)) to "
        + "\(NumberText.value(last.upperBound)), counts on a logarithmic scale. \(sentences[0])",
      horizontalLabel: "score", verticalLabel: "scores in bin (log scale)")
    return ReportDocument.Distribution(
      anchor: "distribution", heading: "Distribution of scores", sentences: sentences,
      chart: Markup(chart.draw(), description: chart.description),
      aroundZero: bins.contains { $0.lower < 0 && $0.upper > 0 && $0.count > 0 } ? "on both sides of zero" : nil,
      bins: bins.map { bin in
        .init(
          from: .value(bin.lower), to: .value(bin.upper), count: .count(bin.count))
      })
  }

  /// Says how many are positive only as far as the bins tell.
  private static func summary(_ bins: [HistogramChart.Bin]) -> String {
    let total = bins.map(\.count).reduce(0, +)
    guard total > 0 else { return "No score was counted." }
    let positive = bins.filter { $0.lower >= 0 }.map(\.count).reduce(0, +)
    let negative = bins.filter { $0.lower < 0 && $0.upper <= 0 }.map(\.count).reduce(0, +)
    let around = total - positive - negative
    func share(_ count: Int) -> String { NumberText.percent(Double(count) / Double(total)) }
    var parts = ["\(share(positive)) are above zero", "\(share(negative)) below"]
    if around > 0 { parts.append("\(share(around)) in the bin that zero lies in") }
    return "Of \(NumberText.counted(total, "score", "scores")), \(parts.joined(separator: ", "))."
  }
}
