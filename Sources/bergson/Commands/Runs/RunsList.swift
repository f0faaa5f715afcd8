/// `bergson runs list`: runs by what they are, as a table for people, as JSON and CSV for programs.
import ArgumentParser
import Catalog
import Foundation

struct RunsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List runs, newest first.",
    discussion: """
      Besides state, time and size, a table has the settings in which the listed runs of a command differ, as many as \
      fit the terminal; CSV and JSON have all of them.
      """)

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only runs of which this holds, as in \"config.projection_dim > 8 and not tag = draft\" (default: all)",
      valueName: "condition"))
  var condition: String?

  @Option(
    name: .customLong("sort"),
    help: ArgumentHelp(
      "Order, as in \"metrics.tokens desc, started\"; runs without a value come last (default: newest first)",
      valueName: "fields"))
  var order: String?

  @Option(
    name: .customLong("columns"),
    help: ArgumentHelp(
      "Fields to show besides, as in \"host, metrics.tokens\" (default: settings that differ)", valueName: "fields"))
  var columns: String?

  @Option(name: .customLong("limit"), help: ArgumentHelp("Most runs (default: all)", valueName: "runs"))
  var limit: Int?

  @Flag(name: .customLong("all"), help: "Also runs that were removed.")
  var all = false

  @Flag(name: .customLong("json"), help: "Print a JSON list.")
  var json = false

  @Flag(name: .customLong("csv"), help: "Print comma-separated values with a header.")
  var csv = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func validate() throws {
    if json, csv { throw ValidationError("--json and --csv exclude each other") }
    if let limit, limit < 0 { throw ValidationError("--limit: found \(limit), expected an integer, at least 0") }
  }

  func run() throws {
    let list = try self.list()
    let console = Console(verbosity: global.verbosity)
    if json { return try console.result(JSONText.of(list.entries.map { RunListJSON(entry: $0, of: list) })) }
    if csv { return try console.result(RunListCSV(list).text) }
    guard !list.entries.isEmpty else { return console.story("no runs") }
    let table = RunListTable(list, width: Terminal.width)
    for line in table.lines { try console.result(line) }
    if table.omitted > 0 {
      console.story("\(table.omitted) more settings differ; choose with --columns, or see all with --csv or --json")
    }
  }

  private func list() throws -> RunList {
    do {
      let query = try RunQuery(where: condition, sortedBy: order, limit: limit, includingRemoved: all)
      return try global.existingCatalog().list(query, columns: columns.map { .named($0) } ?? .differing)
    } catch let error as RunQueryError {
      let option = error.text == condition ? "--where" : error.text == order ? "--sort" : "--columns"
      throw RunQueryProblem(option: option, error: error)
    }
  }
}
