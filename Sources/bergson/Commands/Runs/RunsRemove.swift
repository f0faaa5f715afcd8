/// `bergson runs rm` and `restore`: runs out of listings, and back.
import ArgumentParser
import Catalog

/// Which runs a command is about.
struct RunsArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("Names, ids (or their beginnings) or paths of runs.", valueName: "RUN"))
  var wanted: [String]

  func records(in catalog: RunCatalog) throws -> [RunRecord] {
    try wanted.map { try catalog.run(matching: $0, workingDirectory: .currentDirectory()) }
  }
}

struct RunsRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove runs from listings; their files stay until `runs gc`.",
    discussion:
      "`runs restore` takes it back until then. What other runs have used is never deleted while they are kept.")

  @OptionGroup var target: RunsArgument

  @Flag(name: .customLong("dry_run"), help: "Say what would be removed, and remove nothing.")
  var dryRun = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    let runs = try target.records(in: catalog)
    for run in runs {
      let bytes = try catalog.liveArtifacts(of: run.id).reduce(0) { $0 + $1.bytes }
      let dependants = try catalog.dependants(of: run.id).map(\.id).filter { id in !runs.contains { $0.id == id } }
      let users = dependants.isEmpty ? "" : ", kept while \(dependants.joined(separator: ", ")) need it"
      try console.result("\(run.title): \(Format.bytes(Int(bytes)))\(users)")
    }
    if dryRun { return console.story("nothing was removed") }
    try catalog.remove(runs.map(\.id))
  }
}

struct RunsRestore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Take back the removal of runs that `runs gc` has not deleted.")

  @OptionGroup var target: RunsArgument

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    try catalog.restore(target.records(in: catalog).map(\.id))
  }
}

extension RunRecord {
  /// A run in one line: id, command, and the name or path that people know it by.
  var title: String { [id, command, name ?? path].compactMap(\.self).joined(separator: " ") }
}
