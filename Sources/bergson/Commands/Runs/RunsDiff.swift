/// `bergson runs diff`: in what runs differ.
import ArgumentParser
import Catalog

struct RunsDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show in what runs differ: settings, circumstances, measures.",
    discussion: """
      What is the same in all of them is left out. Runs of `score` over the same documents are also compared by the order \
      that they give these, each with the first.
      """)

  @Argument(help: ArgumentHelp("Names, ids (or their beginnings) or paths of two or more runs.", valueName: "RUN"))
  var wanted: [String]

  @Flag(name: .customLong("json"), help: "Print a JSON object.")
  var json = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func validate() throws {
    if wanted.count < 2 { throw ValidationError("a comparison needs two runs or more") }
  }

  func run() throws {
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    let runs = try wanted.map { try catalog.run(matching: $0, workingDirectory: .currentDirectory()) }
    let difference = try catalog.difference(between: runs.map(\.id))
    // Each of the others beside the first.
    let details = try runs.map { try catalog.details(of: $0.id) }
    let agreements = try details.dropFirst().compactMap { try ScoreAgreement(details[0], $0) }
    if json {
      return try console.result(
        JSONText.of(Output(runs: runs.map(\.id), difference: difference, agreements: agreements)))
    }
    for line in Self.lines(difference, titles: runs.map { $0.name ?? $0.id }) { try console.result(line) }
    if difference.isEmpty { console.story("the runs differ in nothing") }
    for (place, agreement) in agreements.enumerated() {
      for line in (difference.isEmpty && place == 0 ? [] : [""]) + agreement.lines { try console.result(line) }
    }
  }

  private struct Output: Encodable {
    let runs: [String]
    let difference: RunDifference
    let agreements: [ScoreAgreement]
  }

  static func lines(_ difference: RunDifference, titles: [String]) -> [String] {
    let sections = [
      ("settings", difference.settings), ("circumstances", difference.circumstances), ("metrics", difference.metrics),
    ]
    let filled = sections.filter { !$0.1.isEmpty }
    return filled.enumerated().flatMap { place, section in
      let rows = section.1.map { row in [row.name] + row.values.map { $0.map(Self.words) ?? "-" } }
      let columns = [(title: section.0, alignment: TextTable.Alignment.left)] + titles.map { ($0, .left) }
      return (place > 0 ? [""] : []) + TextTable(columns, rows: rows).lines
    }
  }

  /// Digests are told apart by their beginnings.
  private static func words(_ value: RunValue) -> String {
    guard case .text(let text) = value, text.utf8.count >= 32, text.allSatisfy(\.isHexDigit) else { return value.words }
    return String(text.prefix(12))
  }
}
