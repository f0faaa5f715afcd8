import Foundation

/// `evaluate`: reads the scores of a finished run, and says how good they are beside what is to be had without gradients.
package struct EvaluationPipeline: Sendable {
  package let configuration: EvaluationConfig
  package let run: ScoredRun?

  /// What the configuration of the scores says.
  package struct ScoredRun: Sendable {
    package var score: ScoreConfig
    package var index: IndexConfig
    package var preprocess: PreprocessConfig
    /// Nil where nothing says what the queries are.
    package var queries: ScorePipeline.QueryRun?

    package init(
      score: ScoreConfig, index: IndexConfig, preprocess: PreprocessConfig, queries: ScorePipeline.QueryRun?
    ) {
      self.score = score
      self.index = index
      self.preprocess = preprocess
      self.queries = queries
    }
  }

  /// What an evaluation found: the outcome of the run, and what its means are means of.
  package struct Result: Sendable {
    package var outcome: RunOutcome
    /// Of each method, the value of every query that could be evaluated; empty for `recall`.
    package var queryValues: [String: [Double]] = [:]
  }

  /// - Parameter run: what the scores' configuration says; nil where there is none, and the evaluation's own says it all.
  package init(_ configuration: EvaluationConfig, of run: ScoredRun?) {
    self.configuration = configuration
    self.run = run
  }

  /// - Throws: `EvaluationError`, `RetrainingBankError`, and what reading scores, data and index throws;
  ///   `CancellationError`.
  package func evaluate(_ context: RunContext) throws -> Result {
    try refuseAggregates()
    let scores = try DocumentScores(URL(fileURLWithPath: configuration.scores))
    var result: Result
    switch configuration.measure {
    case .recall: result = try recall(scores, context)
    case .lds: result = try datamodelingScore(scores, context)
    }
    let skipped = scores.skipped()
    if skipped > 0 {
      result.outcome.warnings.append(
        "\(skipped) of \(scores.documentCount) documents have no gradient and count as score 0")
    }
    result.outcome.used = [URL(fileURLWithPath: configuration.scores).appendingPathComponent("scores.bin")]
    if !configuration.index.isEmpty {
      result.outcome.used.append(URL(fileURLWithPath: configuration.index).appendingPathComponent("gradients.bin"))
    }
    result.outcome.metrics += [
      RunOutcome.Metric("documents", Double(scores.documentCount), "rows"),
      RunOutcome.Metric("queries", Double(scores.queryCount), "queries"),
      RunOutcome.Metric("bootstrapSeed", Double(Bootstrap.seed), ""),
      RunOutcome.Metric("bootstrapResamples", Double(Bootstrap.resamples), ""),
    ]
    return result
  }

  private func refuseAggregates() throws {
    guard let run else { return }
    func refuse(_ reason: String) -> EvaluationError { .aggregated(path: configuration.scores, reason: reason) }
    if run.score.score == .nearest { throw refuse("those of the nearest query") }
    if run.preprocess.aggregation != .none || run.queries.map({ $0.preprocess.aggregation != .none }) == true {
      throw refuse("those of an aggregate of the queries")
    }
  }

  /// The baselines that an index of the documents has, as scores of every document.
  func measures(
    _ scores: DocumentScores, _ context: RunContext, _ outcome: inout RunOutcome
  ) throws -> [(method: String, scores: [Float])] {
    guard !configuration.index.isEmpty else {
      context.tell("for the loss and the gradient norm of the documents as baselines give --index, an index of them")
      return []
    }
    let measures = try DocumentMeasures(
      URL(fileURLWithPath: configuration.index), documentCount: scores.documentCount, candidates: scores.candidates)
    var found: [(method: String, scores: [Float])] = []
    func add(_ method: String, _ values: [Float]) {
      if let odd = values.firstIndex(where: { !$0.isFinite }) {
        outcome.warnings.append("the baseline '\(method)' is left out: that of document \(odd) is \(values[odd])")
      } else {
        found.append((method, values))
      }
    }
    if let losses = measures.losses {
      add("loss", losses)
    } else {
      outcome.warnings.append("the baseline 'loss' is left out: '\(configuration.index)' has no losses stored")
    }
    // Within the rounding of bfloat16.
    if measures.norms.allSatisfy({ $0 == 0 || abs($0 - 1) < 0.01 }) {
      outcome.warnings.append(
        "the baseline 'gradientNorm' is left out: the rows of '\(configuration.index)' all have length 1")
    } else {
      add("gradientNorm", measures.norms)
    }
    return found
  }
}
