/// Makes the comparison of several runs.
import Catalog
import Foundation

package struct ComparisonBuilder {
  let comparison: ComparedRuns
  let options: ReportOptions

  package init(_ comparison: ComparedRuns, options: ReportOptions = ReportOptions()) {
    self.comparison = comparison
    self.options = options
  }

  /// - Throws: `RunCatalogError.processUnknown` where it cannot be told whether a run still lives.
  package func document() throws -> ComparisonDocument {
    var document = ComparisonDocument(
      title: "\(subjects.count) runs compared", subtitle: subjects.indices.map(title).joined(separator: ", "),
      contents: [], sentences: verdict(), runs: try runsTable(), warnings: warnings(), differences: differences(),
      agreement: agreementSection(), scatter: scatterSection(), movers: moversSection(), cost: costSection(),
      provenance: subjects.indices.map(origin))
    document.contents = Self.contents(of: document)
    return document
  }

  var subjects: [ComparedRuns.Subject] { comparison.subjects }

  /// `A`, `B`, ..., `Z`, `AA`, ...
  static func letter(_ place: Int) -> String {
    precondition(place >= 0, "a place before the first")
    let last = String(UnicodeScalar(UInt8(65 + place % 26)))
    return place < 26 ? last : letter(place / 26 - 1) + last
  }

  /// `A: name`
  func title(_ place: Int) -> String {
    let run = subjects[place].details.run
    return "\(Self.letter(place)): \(run.name ?? run.path.map(ReportBuilder.lastComponent) ?? run.id)"
  }

  static func pairName(_ pair: ComparedRuns.Pair) -> String { "\(letter(pair.first)) and \(letter(pair.second))" }

  private func runsTable() throws -> ReportTable {
    let rows = try subjects.enumerated().map { place, subject -> (String, [ReportTable.Cell]) in
      let run = subject.details.run
      let data = subject.details.datasets.first { $0.role == .data }
      return (
        Self.letter(place),
        [
          .words(run.name ?? run.path.map(ReportBuilder.lastComponent) ?? "–"), .words(run.id), .words(run.command),
          .words(try run.state().rawValue), .words(NumberText.date(run.finishedAt ?? run.startedAt)),
          data.map { .figure(.count($0.rowCount)) } ?? .none,
          .figure(.count(subject.publication.queries.count)),
        ]
      )
    }
    return ReportTable(
      "runs", caption: "The runs, and the letters by which they go here.",
      columns: ["", "Run", "Id", "Command", "State", "Ended", "Documents#", "Queries#"], rows: rows)
  }

  private func warnings() -> ReportDocument.Warnings? {
    let own = subjects.enumerated().flatMap { place, subject in
      subject.details.warnings.map { "\(Self.letter(place)): \($0)" }
    }
    let apart = comparison.pairs.compactMap { pair -> String? in
      guard case .incomparable(let reason) = pair.outcome else { return nil }
      return "\(Self.pairName(pair)) cannot be compared by their scores: \(reason)."
    }
    let messages = apart + own
    guard !messages.isEmpty else { return nil }
    return .init(
      anchor: "warnings", heading: messages.count == 1 ? "A warning" : "\(messages.count) warnings",
      messages: messages)
  }

  /// Configuration and circumstances; measures have a section of their own.
  private func differences() -> ReportSection {
    let titles = subjects.indices.map { Self.letter($0) }
    func table(_ name: String, _ caption: String, _ title: String, _ rows: [RunDifference.Row]) -> ReportTable? {
      guard !rows.isEmpty else { return nil }
      return ReportTable(
        name, caption: caption, columns: [title] + titles,
        rows: rows.map { row in
          (row.name, row.values.map { .words($0.map { Self.words($0.description) } ?? "not set") })
        })
    }
    let tables = [
      table("settings", "Settings that are not the same.", "Setting", comparison.difference.settings),
      table(
        "circumstances", "What else is not the same: data, model, machine, version.", "Circumstance",
        comparison.difference.circumstances),
    ].compactMap(\.self)
    return ReportSection(
      "differences", "What differs",
      sentences: tables.isEmpty
        ? ["Nothing: settings, data, model, version and machine are the same, but for where the runs were written."]
        : ["Only what is not the same in all runs is here. Digests are told apart by their beginnings."],
      tables: tables)
  }

  private static func words(_ text: String) -> String {
    text.utf8.count >= 32 && text.allSatisfy(\.isHexDigit) ? NumberText.short(digest: text) : text
  }

  private func origin(_ place: Int) -> ComparisonDocument.Origin {
    let run = subjects[place].details.run
    let model = subjects[place].details.models.first
    var facts = [
      ReportDocument.Fact(label: "Run", value: run.id),
      ReportDocument.Fact(label: "Started", value: NumberText.date(run.startedAt)),
      ReportDocument.Fact(label: "bergson", value: run.version),
      ReportDocument.Fact(label: "Host", value: run.host),
      ReportDocument.Fact(
        label: "Processor", value: "\(run.processorModel), \(NumberText.counted(run.coreCount, "core", "cores"))"),
    ]
    if let path = run.path { facts.insert(.init(label: "Directory", value: path), at: 1) }
    if let model {
      facts.append(.init(label: "Model", value: model.path))
      facts.append(.init(label: "Weights digest", value: model.weightsDigest))
    }
    return .init(
      heading: title(place), facts: facts, commandLine: Passage(ShellText.command(run.commandLine)),
      rerun: Passage("bergson runs rerun \(run.id)"))
  }

  private static func contents(of document: ComparisonDocument) -> [ReportDocument.ContentsEntry] {
    let entries: [(String?, String?)] = [
      (document.warnings?.anchor, document.warnings?.heading),
      (document.differences.anchor, document.differences.heading),
      (document.agreement?.anchor, document.agreement?.heading),
      (document.scatter?.anchor, document.scatter?.heading), (document.movers?.anchor, document.movers?.heading),
      (document.cost.anchor, document.cost.heading), ("provenance", "Provenance"),
    ]
    return entries.compactMap { anchor, title in
      guard let anchor, let title else { return nil }
      return .init(anchor: anchor, title: title, entriesLabel: nil, entries: [])
    }
  }
}
