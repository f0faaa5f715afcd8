import Foundation

/// Reads a finished score file and draws from it what a report shows: the strongest and weakest documents of each
/// query (by the sum of their tokens' scores where tokens have scores), the distribution of these scores and, where it is known which documents ought to be found, how well that worked
/// beside the baselines.
struct AttributionSummarizer {
  let scores: ScoreFile
  let documents: CollectionInputs
  let queries: ScorePipeline.QueryRun
  let gradients: GradientIndex
  let score: ScoreConfig
  /// Which documents ought to be found, where that is known.
  let supporting: SupportingRows?

  /// Hits kept per query and direction.
  private static let hits = 20
  private static let bins = 61

  func add(to outcome: inout RunOutcome, _ context: RunContext) throws {
    var summary = AttributionSummary()
    let data = queryData(&outcome, context)
    summary.queries = try queryTexts(data)
    let rows = try scores.documentRows()
    let extremes = self.extremes(rows)
    summary.top = extremes.top.map { $0.entries.map(hit) }
    summary.bottom = extremes.bottom.map { $0.entries.map(hit) }
    if extremes.nonFinite > 0 {
      outcome.warnings.append(
        "\(extremes.nonFinite) scores are NaN or infinite and have no rank; look for gradients that are, in the documents "
          + "or in '\(score.queryPath)'")
    }
    let positions = documents.records.positions(of: Set((summary.top + summary.bottom).joined().map(\.row)))
    summary.documents = try positions.sorted { $0.key < $1.key }.map { row, position in
      AttributionSummary.Document(row: row, text: try documents.text(position))
    }
    summary.histogram = histogram(rows, extremes.range)
    if let supporting {
      context.tell("comparing with text search")
      summary.evaluations = try evaluations(supporting, rows)
    }
    outcome.summary = summary
  }

  /// Rows are named as in the data file, whatever split or candidates were scored.
  private func hit(_ entry: TopK.Entry) -> AttributionSummary.Hit {
    AttributionSummary.Hit(row: documents.records.row(at: entry.row), score: entry.score)
  }

  private func queryData(_ outcome: inout RunOutcome, _ context: RunContext) -> IndexedDocuments? {
    if let supporting { return supporting.queries }
    do {
      return try queries.documents(of: gradients, tokenizer: documents.tokenizer, context.repositories)
    } catch {
      outcome.warnings.append("the queries' texts cannot be shown: \(error)")
      return nil
    }
  }

  private func queryTexts(_ data: IndexedDocuments?) throws -> [AttributionSummary.Query] {
    guard scores.queryCount == gradients.rowCount, queries.preprocess.aggregation == .none, score.score == .individual
    else {
      let how = score.score == .nearest ? "the nearest" : "the aggregate"
      let count = data?.count ?? gradients.rowCount
      return [AttributionSummary.Query(row: 0, text: "(\(how) of \(count) queries)")]
    }
    return try (0..<scores.queryCount).map { query in
      guard let data else { return AttributionSummary.Query(row: query, text: "(query \(query))") }
      return AttributionSummary.Query(row: data.records.row(at: query), text: try data.text(query))
    }
  }

  /// The strongest and weakest documents of each column, and the range of all finite scores, in one pass over the file.
  private func extremes(_ rows: DocumentRows) -> (
    top: [TopK], bottom: [TopK], range: ClosedRange<Double>?, nonFinite: Int
  ) {
    let k = min(Self.hits, rows.count)
    var top = [TopK](repeating: TopK(k, .largest), count: scores.queryCount)
    var bottom = [TopK](repeating: TopK(k, .smallest), count: scores.queryCount)
    var (lowest, highest) = (Float.infinity, -Float.infinity)
    var nonFinite = 0
    scores.forEachDocument(rows) { document, values in
      // Documents without a gradient have no score.
      guard let values else { return }
      for (query, value) in values.enumerated() {
        top[query].insert(value, row: document)
        bottom[query].insert(value, row: document)
        guard value.isFinite else {
          nonFinite += 1
          continue
        }
        lowest = min(lowest, value)
        highest = max(highest, value)
      }
    }
    return (top, bottom, lowest <= highest ? Double(lowest)...Double(highest) : nil, nonFinite)
  }

  private func histogram(_ rows: DocumentRows, _ range: ClosedRange<Double>?) -> AttributionSummary.Histogram? {
    guard let range else { return nil }
    let width = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
    var counts = [Int](repeating: 0, count: Self.bins)
    scores.forEachDocument(rows) { _, values in
      guard let values else { return }
      for value in values where value.isFinite {
        let bin = Int((Double(value) - range.lowerBound) / width * Double(Self.bins))
        counts[min(max(bin, 0), Self.bins - 1)] += 1
      }
    }
    return AttributionSummary.Histogram(lowest: range.lowerBound, highest: range.upperBound, counts: counts)
  }

  // MARK: Evaluation

  /// Recall of these scores, of BM25 text search and of a random order.
  private func evaluations(
    _ supporting: SupportingRows, _ rows: DocumentRows
  ) throws -> [AttributionSummary.Evaluation] {
    let recall = RecallEvaluation(supporting: supporting.positions, documentCount: documents.records.count)
    let attributed = try Parallel.map(Array(0..<supporting.queries.count), workers: documents.workers) { query in
      Ranking.ranks(of: supporting.positions[query], in: scores.documentScores(rows, query: query))
    }
    let all =
      recall.evaluations("attribution", ranks: attributed)
      + (try recall.textSearch(
        workers: documents.workers, document: documents.text, query: supporting.queries.text))
      + recall.random()
    // Beside a run's scores stands what has one word; `evaluate recall` has the rest.
    return all.filter { $0.metric != "found" }
  }
}
