/// `bergson runs why-not`: why something was computed and not reused.
import ArgumentParser
import Catalog

struct RunsWhyNot: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why-not", abstract: "Say why what a run made was not taken from an earlier one.",
    discussion: """
      Everything that determines bytes is an ingredient of their key. For each product, the earlier one of its kind with \
      the fewest other ingredients is named, and what they differ in.
      """)

  @Argument(
    help: ArgumentHelp(
      "A run, or the beginning of a key as `runs show` prints it (six digits or more).", valueName: "RUN|KEY"))
  var wanted: String

  @Flag(name: .customLong("json"), help: "Print a JSON list.")
  var json = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  /// Of a key; fewer may be the name of a run.
  private static let shortestKey = 6

  func run() throws {
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    let keyed = wanted.count >= Self.shortestKey ? try catalog.artifacts(ofKey: wanted) : []
    let artifacts =
      try keyed.isEmpty
      ? catalog.details(of: catalog.run(matching: wanted, workingDirectory: .currentDirectory()).id).produced : keyed
    // A table of rows is made with what it lies beside, and of the same.
    let misses = try catalog.misses(of: artifacts.filter { $0.kind != "rows" })
    if json { return try console.result(JSONText.of(misses)) }
    guard !misses.isEmpty else { return console.story("there is nothing in it that could have been reused") }
    for (place, miss) in misses.enumerated() {
      for line in (place > 0 ? [""] : []) + Self.lines(miss) { try console.result(line) }
    }
  }

  private static func lines(_ miss: ReuseMiss) -> [String] {
    let what = "\(miss.artifact.kind) \(miss.artifact.path)"
    guard let nearest = miss.nearest else { return ["\(what): there was nothing of its kind before"] }
    let whose = miss.run.map { $0.name ?? $0.path ?? $0.id } ?? nearest.path
    guard !miss.differences.isEmpty else {
      return [
        "\(what): \(whose) has the same; it was not taken if --no_reuse forbade it, a file was not as it was, "
          + "or it had not all that was wanted"
      ]
    }
    let rows = miss.differences.map { [$0.ingredient, words($0.here), words($0.there)] }
    return ["\(what): nearest is \(whose)"]
      + TextTable(
        [
          (title: "ingredient", alignment: .left), (title: "here", alignment: .left),
          (title: "there", alignment: .left),
        ],
        rows: rows
      ).lines
  }

  /// Digests are told apart by their beginnings, lists of modules by their first ones.
  private static func words(_ value: String?) -> String {
    guard let value else { return "-" }
    if value.utf8.count >= 32, value.allSatisfy(\.isHexDigit) { return String(value.prefix(12)) }
    return value.count > 60 ? value.prefix(57) + "..." : value
  }
}
