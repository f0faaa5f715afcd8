/// `bergson runs show`: everything that the catalog knows of a run.
import ArgumentParser
import Catalog
import Foundation

struct RunsShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show settings, status, measures, files and lineage of a run.")

  @OptionGroup var target: RunArgument

  @Flag(name: .customLong("json"), help: "Print a JSON object.")
  var json = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    let details = try catalog.details(of: target.record(in: catalog).id)
    if json { return try console.result(JSONText.of(details)) }
    let log = try RunLogFile.lines(of: details.run, in: catalog) ?? []
    for line in try RunDescription(details, catalog.lineage(of: details.run.id), log: log).lines {
      try console.result(line)
    }
  }
}
