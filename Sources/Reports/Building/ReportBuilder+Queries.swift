/// Each query with the documents at both ends of its order.
import Catalog

extension ReportBuilder {
  /// - Throws: `ReportError.noSuchQuery`.
  func queriesSection() throws -> ReportDocument.Queries? {
    let all = publication.queries
    let shown = try selected(all)
    guard !all.isEmpty else { return nil }
    let hits = Dictionary(grouping: publication.hits, by: \.queryPosition)
    let documents = Dictionary(uniqueKeysWithValues: publication.documents.map { ($0.row, $0) })
    return ReportDocument.Queries(
      anchor: "queries", heading: "Queries and their documents", selection: selection(shown, of: all),
      queries: shown.map { query($0, hits: hits[$0.position] ?? [], documents: documents) })
  }

  private func selected(_ all: [AttributionQueryRecord]) throws -> [AttributionQueryRecord] {
    switch options.queries {
    case .all: return all
    case .first(let count): return Array(all.prefix(count))
    case .positions(let positions):
      let known = Set(all.map(\.position))
      if let stranger = positions.sorted().first(where: { !known.contains($0) }) {
        throw ReportError.noSuchQuery(position: stranger, queryCount: all.count)
      }
      return all.filter { positions.contains($0.position) }
    }
  }

  private func selection(_ shown: [AttributionQueryRecord], of all: [AttributionQueryRecord]) -> String? {
    let more = all.count - shown.count
    guard more > 0 else { return nil }
    return "\(NumberText.counted(shown.count, "query is", "queries are")) shown; the run has "
      + "\(NumberText.count(more)) more. Choose with --queries: positions such as 0-9,17, or all."
  }

  private func query(
    _ record: AttributionQueryRecord, hits: [AttributionHitRecord], documents: [Int: DocumentRecord]
  ) -> ReportDocument.Query {
    var details = "row \(NumberText.count(record.row)) of the queries"
    if let loss = record.loss { details += ", loss \(NumberText.value(loss)) nats" }
    return ReportDocument.Query(
      anchor: "query-\(record.position)", heading: "Query \(NumberText.count(record.position))", details: details,
      text: TextExcerpt.text(record.text), strongest: ranking(.top, hits, documents),
      weakest: ranking(.bottom, hits, documents))
  }

  private func ranking(
    _ direction: AttributionHitRecord.Direction, _ hits: [AttributionHitRecord], _ documents: [Int: DocumentRecord]
  ) -> ReportDocument.Ranking? {
    let shown = hits.filter { $0.direction == direction }.sorted { $0.rank < $1.rank }.prefix(options.hitsPerQuery)
    guard !shown.isEmpty else { return nil }
    return ReportDocument.Ranking(
      heading: direction == .top ? "Highest scores" : "Lowest scores",
      meaning: Self.meaning(direction, shown.map(\.score)), hits: shown.map { Self.hit($0, documents[$0.row]) })
  }

  /// The ends of an order are not always of opposite signs, and only the sign says which way a document pulls.
  private static func meaning(_ direction: AttributionHitRecord.Direction, _ scores: [Double]) -> String {
    let positive = scores.count { $0 > 0 }
    let negative = scores.count { $0 < 0 }
    return switch (direction, positive, negative) {
    case (.top, scores.count, _): "Training on these lowers the query's loss the most."
    case (.bottom, _, scores.count): "Training on these raises the query's loss the most."
    case (.top, 0, _): "None is positive: no document here lowers the query's loss."
    case (.bottom, _, 0): "None is negative: even the lowest do not raise the query's loss."
    case (.top, _, _): "Only the positive of these lower the query's loss."
    case (.bottom, _, _): "Only the negative of these raise the query's loss."
    }
  }

  private static func hit(_ hit: AttributionHitRecord, _ document: DocumentRecord?) -> ReportDocument.Hit {
    ReportDocument.Hit(
      rank: .count(hit.rank), score: .value(hit.score), isPositive: hit.score > 0,
      isNegative: hit.score < 0,
      row: .count(hit.row), digest: document.map { NumberText.short(digest: $0.digest) },
      length: document.map(length), text: document.map { TextExcerpt.text($0.text) })
  }

  private static func length(_ document: DocumentRecord) -> String {
    let whole = NumberText.counted(document.characterCount, "character", "characters")
    guard document.isExcerpt else { return whole }
    return "first \(NumberText.count(document.text.unicodeScalars.count)) of \(whole)"
  }
}
