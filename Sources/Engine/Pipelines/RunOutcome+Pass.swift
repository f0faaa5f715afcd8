import Foundation

/// Wall time by stage.
struct StageClock {
  private let clock = ContinuousClock()
  private var last: ContinuousClock.Instant

  init() { last = clock.now }

  /// Seconds since the last call, or since the start.
  mutating func lap() -> Double {
    let now = clock.now
    defer { last = now }
    return (now - last) / .seconds(1)
  }
}

extension RunOutcome {
  /// Metrics and warnings of a pass over a data set.
  ///
  /// - Parameter passTime: seconds that the gradients took; nil where an earlier run has made them.
  mutating func add(_ summary: BatchPass.Summary, inputs: CollectionInputs, passTime: Double?) throws {
    let share = Double(inputs.recipe.attributedParameterCount) / Double(max(inputs.model.model.parameterCount, 1))
    metrics += [
      Metric("documents", Double(inputs.tokens.count), "rows"),
      Metric("tokens", Double(summary.tokens), "tokens"),
      Metric("attributedShare", share, "share"),
      Metric("skippedRows", Double(summary.skipped.count), "rows"),
      Metric("zeroRows", Double(summary.zeroRows.count), "rows"),
      Metric("nonFiniteRows", Double(summary.nonFiniteRows.count), "rows"),
      Metric("workers", Double(inputs.workers), "threads"),
    ]
    if let passTime {
      metrics += [
        Metric("gradientTime", passTime, "s"),
        Metric("tokensPerSecond", Double(summary.tokens - summary.reusedTokens) / max(passTime, 1e-9), "tokens/s"),
      ]
    }
    if summary.reusedRows > 0 { metrics.append(Metric("rowsReused", Double(summary.reusedRows), "rows")) }
    if summary.summedRows > 0 { metrics.append(Metric("rowsInReusedSums", Double(summary.summedRows), "rows")) }
    inputs.add(normalizerFactsTo: &self)
    warnings += inputs.documents.warnings
    func warn(_ rows: [Int], _ what: String) throws {
      guard !rows.isEmpty else { return }
      let shown = try rows.prefix(5).map { String(try inputs.records.record(at: $0).row) }.joined(separator: ", ")
      let noun = rows.count == 1 ? "document" : "documents"
      warnings.append("\(rows.count) \(noun) \(what): row \(shown)\(rows.count > 5 ? ", ..." : "")")
    }
    try warn(summary.skipped, "under two tokens, which have no gradient")
    try warn(summary.zeroRows, "with a gradient of exactly zero")
    try warn(summary.nonFiniteRows, "with NaN or infinite gradients, whose scores mean nothing")
    if let outliers = NormOutliers(summary.norms) {
      metrics += [
        Metric("gradientNormMedian", outliers.median, ""), Metric("gradientNormLargest", outliers.largest, ""),
        Metric("outlierRows", Double(outliers.rows.count), "rows"),
      ]
      try warn(
        outliers.rows,
        "with a gradient over \(Int(NormOutliers.factor)) times as long as half of them, which inner products weigh so much "
          + "more (--unit_normalize weighs all alike)")
    }
    let adapter = inputs.model.adapter
    if let adapter, !adapter.savedModules.isEmpty {
      warnings.append(
        "the adapter trains \(adapter.savedModules.joined(separator: ", ")) whole (modules_to_save), "
          + "and only its matrices are attributed")
    }
    // Of an adapter, all that was trained is a small share.
    if share < 0.1, adapter == nil {
      warnings.append(
        "only \(String(format: "%.1f", 100 * share)) % of the model's parameters are attributed "
          + "(embeddings and head never are)")
    }
    if inputs.model.precision != .fp32 {
      warnings.append(
        "weights and gradients have \(inputs.model.precision.rawValue) precision; "
          + "use --precision fp32 where small differences matter")
    }
  }
}

/// Documents whose gradients are so long that inner products are about them alone.
struct NormOutliers {
  /// Of the median.
  static let factor = 10.0

  let median: Double
  let largest: Double
  /// The longest first.
  let rows: [Int]

  /// Nil where no document has a gradient of finite length.
  init?(_ norms: [Float]) {
    let sorted = norms.filter { $0 > 0 && $0.isFinite }.sorted()
    guard let largest = sorted.last else { return nil }
    let median = Double(sorted[(sorted.count - 1) / 2])
    self.median = median
    self.largest = Double(largest)
    rows = norms.indices.filter { norms[$0].isFinite && Double(norms[$0]) > Self.factor * median }
      .sorted { norms[$0] > norms[$1] }
  }
}
