/// `evaluate lds`: do the scores predict what retraining did?
import Foundation

extension EvaluationPipeline {
  func datamodelingScore(_ scores: DocumentScores, _ context: RunContext) throws -> Result {
    var table = DatamodelingTable()
    let bank = try RetrainingBank(contentsOf: URL(fileURLWithPath: configuration.bank))
    let data = try ldsData(scores, context)
    let rows = data.map { data in (0..<scores.documentCount).map { data.documents.records.row(at: $0) } }
    let queries = try self.queries(data, scores, bank)
    let lds = try DatamodelingScore(
      bank, rows: rows ?? scores.candidates ?? Array(0..<scores.documentCount), queries: queries)
    let unanswerable = queries.count - lds.answerable.count
    if unanswerable > 0 {
      table.warnings.append(
        "\(unanswerable) of \(queries.count) queries have the same loss after every retraining, and do not count")
    }

    let answerable = Set(lds.answerable)
    var attributed: [Double?] = []
    try scores.forEachQuery { query, values in
      if context.isCancelled() { throw CancellationError() }
      if let odd = values.firstIndex(where: { !$0.isFinite }) {
        throw RetrainingBankError.notFinite(row: rows?[odd] ?? odd, query: query, score: values[odd])
      }
      if answerable.contains(query) { attributed.append(lds.correlation(of: values, query: query)) }
    }
    table.add("attribution", attributed)
    if let data {
      context.tell("comparing with text search")
      table.add("bm25", try textSearch(data, lds))
    }
    var outcome = RunOutcome()
    for (method, values) in try measures(scores, context, &outcome) {
      table.add(method, lds.correlations(ofAll: values))
    }
    table.addRandom(lds)
    if let agreement = lds.agreement() { table.add("ceiling", agreement) }
    var summary = AttributionSummary()
    summary.evaluations = table.evaluations
    outcome.summary = summary
    outcome.warnings += table.warnings
    outcome.metrics.append(RunOutcome.Metric("randomSeed", Double(DatamodelingScore.seed), ""))
    return Result(outcome: outcome, queryValues: table.queryValues)
  }

  /// The bank numbers rows and queries as their files do, so that a run of all of them needs no data: only text search
  /// does.
  private func ldsData(_ scores: DocumentScores, _ context: RunContext) throws -> EvaluatedData? {
    guard run != nil || !configuration.data.isUnknown else {
      context.tell(
        "nothing in '\(configuration.scores)' says what was scored: rows are taken as the bank numbers them; for "
          + "text search as a baseline give --data.dataset, --query.dataset and --model")
      return nil
    }
    return try EvaluatedData(configuration, run, scores, context.repositories)
  }

  /// The column of the bank that each query of the scores is.
  private func queries(_ data: EvaluatedData?, _ scores: DocumentScores, _ bank: RetrainingBank) throws -> [Int] {
    guard let data else {
      guard scores.queryCount == bank.queryCount else {
        throw RetrainingBankError.otherQueries(bank: bank.queryCount, scores: scores.queryCount)
      }
      return Array(0..<scores.queryCount)
    }
    let rows = (0..<scores.queryCount).map { data.queries.records.row(at: $0) }
    if let beyond = rows.first(where: { $0 >= bank.queryCount }) {
      throw RetrainingBankError.unknownQuery(row: beyond, bank: bank.queryCount)
    }
    return rows
  }

  private func textSearch(_ data: EvaluatedData, _ lds: DatamodelingScore) throws -> [Double?] {
    let search = try BM25 { add in
      for position in 0..<data.documents.count { add(try data.documents.text(position)) }
    }
    return try Parallel.map(lds.answerable, workers: Parallel.defaultWorkers) { query in
      lds.correlation(of: search.scores(try data.queries.text(query)), query: query)
    }
  }
}

/// The rows of an LDS table as they are found.
private struct DatamodelingTable {
  var evaluations: [AttributionSummary.Evaluation] = []
  var queryValues: [String: [Double]] = [:]
  var warnings: [String] = []

  private static let metric = "lds"

  /// Queries of which a method predicts nothing count as 0.
  mutating func add(_ method: String, _ correlations: [Double?]) {
    let silent = correlations.count { $0 == nil }
    if silent > 0 {
      warnings.append(
        "of \(silent) queries the scores of '\(method)' predict the same for every subset; they count as 0")
    }
    let values = correlations.map { $0 ?? 0 }
    let estimate = Bootstrap.mean(values)
    queryValues[method] = values
    evaluations.append(
      AttributionSummary.Evaluation(
        method: method, metric: Self.metric, k: nil, value: estimate.value, interval: estimate.low...estimate.high,
        queries: values.count))
  }

  mutating func addRandom(_ lds: DatamodelingScore) {
    let estimate = lds.random()
    evaluations.append(
      AttributionSummary.Evaluation(
        method: "random", metric: Self.metric, k: nil, value: estimate.value, interval: estimate.low...estimate.high,
        queries: lds.answerable.count))
  }
}
