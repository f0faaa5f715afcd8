/// Makes the report of one run from what the catalog has about it.
package import Catalog
import Foundation

package struct ReportBuilder {
  let details: RunDetails
  let publication: Publication
  let options: ReportOptions
  let settings: RecordedSettings

  package init(_ details: RunDetails, _ publication: Publication, options: ReportOptions = ReportOptions()) {
    self.details = details
    self.publication = publication
    self.options = options
    settings = RecordedSettings(configYAML: details.run.configYAML)
  }

  /// - Throws: `ReportError.noSuchQuery` for a query that the options name and the run does not have;
  ///   `RunCatalogError.processUnknown` where it cannot be told whether the run still lives.
  package func document() throws -> ReportDocument {
    let state = try details.run.state()
    let queries = try queriesSection()
    var document = ReportDocument(
      title: details.run.name ?? "Run \(details.run.id)", subtitle: subtitle(state), notice: notice(state),
      contents: [], verdict: verdict(), warnings: warnings(), evaluation: evaluationSection(),
      distribution: distributionSection(), queries: queries, provenance: provenance(state))
    document.contents = Self.contents(of: document)
    return document
  }

  var model: RunModelRecord? { details.models.first }
  var data: RunDatasetRecord? { details.datasets.first { $0.role == .data } }
  var queryData: RunDatasetRecord? { details.datasets.first { $0.role == .query } }
  var hasScores: Bool { !publication.hits.isEmpty || !publication.histograms.isEmpty }

  func metric(_ name: String) -> MetricRecord? { details.metrics.first { $0.name == name } }

  // MARK: - Head

  private func subtitle(_ state: RunState) -> String {
    let run = details.run
    let date = NumberText.date(run.finishedAt ?? run.startedAt)
    return switch state {
    case .finished: "bergson \(run.command), finished \(date)"
    case .failed: "bergson \(run.command), failed \(date)"
    case .cancelled: "bergson \(run.command), stopped \(date)"
    case .running: "bergson \(run.command), running since \(date)"
    case .crashed: "bergson \(run.command), begun \(date), crashed"
    }
  }

  private func notice(_ state: RunState) -> ReportDocument.Notice? {
    let run = details.run
    let soFar = "Whatever follows is what it had recorded by then, and may be incomplete."
    switch state {
    case .finished:
      guard publication == Publication() else { return nil }
      return ReportDocument.Notice(
        heading: "This run has no scores to show",
        sentences: [
          "It published neither queries nor scores to the catalog, so this report says only what was run, and on what. "
            + "Scores come from the score and trackstar commands."
        ], error: nil)
    case .failed:
      let exit = run.exitCode.map { " with exit code \($0)" } ?? ""
      return ReportDocument.Notice(
        heading: "This run failed", sentences: ["It ended\(exit)\(after(run)). \(soFar)"],
        error: run.error.map { Passage($0) })
    case .cancelled:
      return ReportDocument.Notice(
        heading: "This run was stopped", sentences: ["Its user stopped it\(after(run)). \(soFar)"], error: nil)
    case .crashed:
      return ReportDocument.Notice(
        heading: "This run crashed",
        sentences: [
          "Its process is gone and recorded no end: it was killed, ran out of memory, or the machine went down. \(soFar)"
        ], error: nil)
    case .running:
      return ReportDocument.Notice(
        heading: "This run has not finished",
        sentences: ["It was still at work when this report was made. Numbers here may change."], error: nil)
    }
  }

  private func after(_ run: RunRecord) -> String {
    guard let finished = run.finishedAt else { return "" }
    return " after \(NumberText.duration(seconds: finished.timeIntervalSince(run.startedAt)))"
  }

  private func warnings() -> ReportDocument.Warnings? {
    let messages = details.warnings
    guard !messages.isEmpty else { return nil }
    return ReportDocument.Warnings(
      anchor: "warnings", heading: messages.count == 1 ? "A warning" : "\(messages.count) warnings",
      messages: messages)
  }

  private static func contents(of document: ReportDocument) -> [ReportDocument.ContentsEntry] {
    typealias Entry = ReportDocument.ContentsEntry
    var entries: [Entry] = []
    func add(_ anchor: String?, _ title: String?, _ queries: [Entry.Subentry] = []) {
      guard let anchor, let title else { return }
      let label = queries.isEmpty ? nil : NumberText.counted(queries.count, "query", "queries")
      entries.append(Entry(anchor: anchor, title: title, entriesLabel: label, entries: queries))
    }
    add(document.warnings?.anchor, document.warnings?.heading)
    add(document.evaluation?.anchor, document.evaluation?.heading)
    add(document.distribution?.anchor, document.distribution?.heading)
    let queries = (document.queries?.queries ?? []).map { query in
      let beginning = TextExcerpt.beginning(of: query.text.beginning, limit: 60)
      return Entry.Subentry(anchor: query.anchor, title: "\(query.heading): \(beginning)")
    }
    add(document.queries?.anchor, document.queries?.heading, queries)
    add(document.provenance.anchor, document.provenance.heading)
    return entries
  }
}
