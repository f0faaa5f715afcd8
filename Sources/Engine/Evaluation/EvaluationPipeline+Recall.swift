/// `evaluate recall`: are the documents found that the queries name?
extension EvaluationPipeline {
  func recall(_ scores: DocumentScores, _ context: RunContext) throws -> Result {
    var outcome = RunOutcome()
    let data = try EvaluatedData(configuration, run, scores, context.repositories)
    let supporting = try SupportingRows.positions(
      configuration.supportingColumn, of: data.queries, among: data.documents.records)
    let unanswerable = supporting.count(where: \.isEmpty)
    if unanswerable > 0 {
      outcome.warnings.append(
        "\(unanswerable) of \(supporting.count) queries have no supporting document among those scored, and do not count"
      )
    }
    let evaluation = RecallEvaluation(supporting: supporting, documentCount: scores.documentCount)
    var ranks: [[Int]] = []
    var nonFinite = 0
    try scores.forEachQuery { query, scores in
      if context.isCancelled() { throw CancellationError() }
      nonFinite += scores.count { !$0.isFinite }
      ranks.append(Ranking.ranks(of: supporting[query], in: scores))
    }
    if nonFinite > 0 {
      outcome.warnings.append("\(nonFinite) scores are NaN or infinite; NaN is ranked last")
    }
    var summary = AttributionSummary()
    summary.evaluations = evaluation.evaluations("attribution", ranks: ranks)
    context.tell("comparing with text search")
    summary.evaluations += try evaluation.textSearch(
      workers: Parallel.defaultWorkers, document: data.documents.text, query: data.queries.text)
    for (method, values) in try measures(scores, context, &outcome) {
      summary.evaluations += evaluation.evaluations(method, scores: values)
    }
    summary.evaluations += evaluation.random()
    outcome.summary = summary
    return Result(outcome: outcome)
  }
}
