/// `bergson runs`: what the catalog knows of past runs.
import ArgumentParser
import Catalog
import Foundation

struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List, find and compare the runs of the catalog.",
    subcommands: [
      RunsList.self, RunsShow.self, RunsDiff.self, RunsLineage.self, RunsTag.self, RunsUntag.self, RunsNote.self,
      RunsRename.self, RunsRemove.self, RunsRestore.self, RunsCollect.self, RunsUsage.self, RunsVerify.self,
      RunsRepair.self, RunsSQL.self, RunsLog.self, RunsWatch.self, RunsRerun.self, RunsExport.self, RunsImport.self,
      RunsAdopt.self, RunsWhyNot.self,
    ])
}

/// Which run a command is about.
struct RunArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("Name, id (or its beginning) or path of a run.", valueName: "RUN"))
  var wanted: String

  func record(in catalog: RunCatalog) throws -> RunRecord {
    try catalog.run(matching: wanted, workingDirectory: .currentDirectory())
  }
}

extension GlobalOptions {
  /// The catalog for a command that looks at past runs; whoever looks notes who has died.
  ///
  /// - Throws: `RunCatalogError`, `.noCatalog` where there is none yet.
  func existingCatalog() throws -> RunCatalog {
    let catalog = try RunCatalog.openExisting(at: catalogURL())
    try catalog.noteCrashes()
    return catalog
  }
}
