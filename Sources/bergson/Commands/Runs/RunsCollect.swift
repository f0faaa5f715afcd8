/// `bergson runs gc`: deletes removed runs for good.
import ArgumentParser
import Catalog

struct RunsCollect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Delete removed runs and their files, unless another run needs them.",
    discussion: """
      A run is needed while a run that is not removed has used what it made. Files that are gone already are no error; a \
      collection that was interrupted is completed.
      """)

  @Flag(name: .customLong("dry_run"), help: "Print the plan, and delete nothing.")
  var dryRun = false

  @Flag(name: .customLong("json"), help: "Print the plan as a JSON object.")
  var json = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    let plan = try catalog.collectionPlan()
    if json { try console.result(JSONText.of(plan)) } else { try show(plan, console) }
    if dryRun { return console.story("nothing was deleted") }
    try DeletionReport(console).follow { try catalog.collect(progress: $0) }
  }

  private func show(_ plan: CollectionPlan, _ console: Console) throws {
    for item in plan.deleted {
      try console.result("delete \(item.run.title)")
      for path in item.paths { try console.result("  \(path.path)  \(Format.bytes(Int(path.bytes)))") }
      if let reason = item.spared { try console.result("  \(item.run.path ?? "") stays: \(reason)") }
    }
    for item in plan.kept {
      try console.result("keep   \(item.run.title): used by \(item.dependants.joined(separator: ", "))")
    }
    for path in plan.unfinished {
      try console.result("finish \(path.path)  \(Format.bytes(Int(path.bytes))), begun earlier")
    }
    try console.result("\(plan.deleted.count) runs, \(Format.bytes(Int(plan.bytes)))")
  }
}

/// Tells of deletions while they go on, and fails at their end if the system refused one.
struct DeletionReport {
  let console: Console

  init(_ console: Console) { self.console = console }

  func follow(_ body: ((CollectionStep) throws -> Void) throws -> Void) throws {
    var refused: [String] = []
    try body { step in
      switch step {
      case .decided, .renamed: break
      case .deleted(let path, let bytes): console.story("deleted \(path), \(Format.bytes(Int(bytes)))")
      case .passedOver(let path): console.story("\(path) belongs to a later run by now")
      case .refused(let path, let reason):
        console.warning("'\(path)' could not be deleted: \(reason)")
        refused.append(path)
      }
    }
    if !refused.isEmpty { throw DeletionsRefused(paths: refused) }
  }
}

struct DeletionsRefused: Error, Equatable, CustomStringConvertible {
  let paths: [String]

  var description: String {
    "\(paths.count) of the paths could not be deleted; mend what the warnings say and run 'bergson runs gc' again"
  }
}
