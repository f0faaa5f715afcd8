/// Did the gradients earn their cost? The run's recall and reciprocal rank beside text search and chance.
import Catalog
import Foundation

extension ReportBuilder {
  func evaluationSection() -> ReportDocument.Evaluation? {
    let records = publication.evaluations
    guard !records.isEmpty else { return nil }
    let columns = Self.columns(of: records)
    let methods = Self.methods(of: records)
    let rows = methods.map { method in
      ReportDocument.Evaluation.Method(
        name: Self.name(ofMethod: method, among: records), isBaseline: Self.isBaseline(method),
        cells: columns.map { column in
          let inColumn = records.filter { Column($0) == column }
          // What retraining itself reaches competes with no method.
          let best = inColumn.filter { $0.method != "ceiling" }.map(\.value).max()
          return Self.cell(inColumn.first { $0.method == method }, best: method == "ceiling" ? nil : best)
        })
    }
    return ReportDocument.Evaluation(
      anchor: "evaluation", heading: "Does it find what it should?",
      sentences: Self.sentences(records, columns: columns), columns: columns.map(\.heading), methods: rows,
      note: Self.note(records))
  }

  /// A metric at a cutoff.
  private struct Column: Hashable {
    var metric: String
    var k: Int?

    init(_ record: EvaluationRecord) {
      metric = record.metric
      k = record.k
    }

    var heading: String { EvaluationWords.heading(metric: metric, k: k) }

    var words: String { EvaluationWords.words(metric: metric, k: k) }
  }

  private static func columns(of records: [EvaluationRecord]) -> [Column] {
    var seen: Set<Column> = []
    // As published, except that cutoffs ascend within a metric.
    let firstSeen = records.map { Column($0) }.filter { seen.insert($0).inserted }
    let metrics = firstSeen.map(\.metric)
    return firstSeen.sorted { a, b in
      let (i, j) = (metrics.firstIndex(of: a.metric) ?? 0, metrics.firstIndex(of: b.metric) ?? 0)
      return i != j ? i < j : (a.k ?? 0) < (b.k ?? 0)
    }
  }

  /// The run's methods, then the baselines.
  private static func methods(of records: [EvaluationRecord]) -> [String] {
    var seen: Set<String> = []
    let all = records.map(\.method).filter { seen.insert($0).inserted }
    return all.filter { !isBaseline($0) } + EvaluationWords.baselines.map(\.method).filter { seen.contains($0) }
  }

  private static func isBaseline(_ method: String) -> Bool { EvaluationWords.isBaseline(method) }

  /// The run's own method goes by "This run" if it has but one.
  private static func name(ofMethod method: String, among records: [EvaluationRecord]) -> String {
    if let baseline = EvaluationWords.baselines.first(where: { $0.method == method }) { return baseline.name }
    return Set(records.map(\.method)).count { !isBaseline($0) } == 1 ? "This run" : method
  }

  private static func cell(_ record: EvaluationRecord?, best: Double?) -> ReportDocument.Evaluation.Cell {
    guard let record else { return .init(value: nil, interval: nil, isBest: false) }
    var interval: ReportTable.Interval?
    if let lower = record.lowerBound, let upper = record.upperBound {
      interval = .init(low: .share(lower), high: .share(upper))
    }
    return .init(value: .share(record.value), interval: interval, isBest: record.value == best)
  }

  private static func note(_ records: [EvaluationRecord]) -> String {
    let counts = Set(records.map(\.queryCount)).sorted()
    let queries =
      counts.count == 1
      ? NumberText.counted(counts[0], "query", "queries")
      : "between \(NumberText.count(counts[0])) and \(NumberText.count(counts[counts.count - 1])) queries"
    let intervals =
      records.contains { $0.lowerBound != nil } ? " Small figures are the bounds of confidence intervals." : ""
    let measures =
      records.contains { $0.metric == retraining }
      ? "Means over \(queries). LDS: the rank correlation of the summed scores of the documents that a retraining kept "
        + "with minus the loss after it, 0 for scores that predict nothing. "
      : "Means over \(queries) whose supporting documents are known. Recall at k: the share of queries with a "
        + "supporting document among the first k. "
        + (records.contains { $0.metric == "found" } ? "Found at k: the share of the supporting documents. " : "")
        + "Reciprocal rank: 1 divided by the rank of the first supporting document. "
    return "\(measures)The best of a column is in bold.\(intervals)"
  }

  private static let retraining = EvaluationWords.retraining

  // MARK: - In words

  private static func sentences(_ records: [EvaluationRecord], columns: [Column]) -> [String] {
    // One measure speaks for all: the reciprocal rank, which has no cutoff to choose, else the first there is.
    guard let column = columns.first(where: { $0.metric == "meanReciprocalRank" }) ?? columns.first else { return [] }
    let measured = records.filter { Column($0) == column }
    guard let run = measured.filter({ !isBaseline($0.method) }).max(by: { $0.value < $1.value }) else {
      return ["The run itself has no \(column.words); only baselines were recorded."]
    }
    let text = measured.first { $0.method == "bm25" }
    let chance = measured.first { $0.method == "random" }
    var sentences: [String] = []
    let name = name(ofMethod: run.method, among: records)
    if let text { sentences += comparison(run, name, withTextSearch: text, column) }
    if let chance, let sentence = comparison(run, name, withChance: chance) { sentences.append(sentence) }
    if let ceiling = measured.first(where: { $0.method == "ceiling" }) {
      sentences.append(
        "One retraining predicts another at \(NumberText.share(ceiling.value)): so much of the losses is not chance.")
    }
    if text == nil {
      sentences.append(
        "No text search was run beside it, so these numbers cannot say whether gradients find more than words do.")
    }
    return sentences
  }

  private static func comparison(
    _ run: EvaluationRecord, _ name: String, withTextSearch text: EvaluationRecord, _ column: Column
  ) -> [String] {
    let (ours, theirs) = (NumberText.share(run.value), NumberText.share(text.value))
    guard run.value != text.value else {
      return ["\(name) and text search (BM25) are level: both have a \(column.words) of \(ours)."]
    }
    let runLeads = run.value > text.value
    let measured =
      runLeads
      ? "\(name) is ahead of text search (BM25): \(column.words) \(ours) against \(theirs)"
      : "Text search (BM25) is ahead of \(name.lowercasedFirst): \(column.words) \(theirs) against \(ours)"
    switch overlap(run, text) {
    case nil:
      return ["\(measured). Without intervals it cannot be told whether that is more than chance."]
    case true?:
      return [
        "\(measured), but the intervals overlap: "
          + "\(NumberText.counted(run.queryCount, "query is", "queries are")) too few to call either better."
      ]
    case false?:
      if run.metric == retraining {
        return [
          "\(measured); the intervals do not overlap.",
          runLeads
            ? "The gradients know something of what retraining does that shared words do not."
            : "Here shared words predict what retraining does better than these gradients.",
        ]
      }
      let meaning =
        runLeads
        ? "The gradients find supporting documents that the query's words alone do not lead to."
        : "The supporting documents repeat the query's words, so that here finding them takes no model; "
          + "this says little about what the model learnt from."
      return ["\(measured); the intervals do not overlap.", meaning]
    }
  }

  private static func comparison(
    _ run: EvaluationRecord, _ name: String, withChance chance: EvaluationRecord
  ) -> String? {
    let expected = NumberText.share(chance.value)
    if run.value <= chance.value {
      return "\(name) does no better than a random order (\(expected)): do not trust its ranking."
    }
    // Chance may be known exactly, without an interval of its own.
    guard let lower = run.lowerBound else { return nil }
    return lower <= (chance.upperBound ?? chance.value)
      ? "\(name) cannot be told from a random order (\(expected)) with so few queries."
      : "A random order would reach \(expected)."
  }

  /// Whether two confidence intervals have a value in common; none if one is missing.
  private static func overlap(_ a: EvaluationRecord, _ b: EvaluationRecord) -> Bool? {
    guard let aLower = a.lowerBound, let aUpper = a.upperBound, let bLower = b.lowerBound, let bUpper = b.upperBound
    else { return nil }
    return aLower <= bUpper && bLower <= aUpper
  }
}

extension String {
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
