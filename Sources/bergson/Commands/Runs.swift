/// `bergson runs`: what the catalog knows of past runs.
import ArgumentParser

struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List the runs of the catalog, or show one.",
    subcommands: [RunsList.self, RunsShow.self])
}

struct RunsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List runs, newest first.")

  @Flag(name: .customLong("json"), help: "Print a JSON list.")
  var json = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions
}

struct RunsShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show settings, status, measures and files of a run.")

  @Argument(help: ArgumentHelp("Name, id (or its beginning) or path of a run.", valueName: "RUN"))
  var wanted: String

  @Flag(name: .customLong("json"), help: "Print a JSON object.")
  var json = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions
}
