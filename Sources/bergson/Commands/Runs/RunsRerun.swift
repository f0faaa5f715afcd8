/// `bergson runs rerun`: a run again, with the settings that it recorded.
import ArgumentParser
import Catalog
import Engine
import Foundation

struct RunsRerun: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerun", abstract: "Make a run again, with the settings that it recorded.",
    discussion: "Its config.yaml is taken if it is there, which has the commits of the hub; else what the catalog has.")

  @OptionGroup var target: RunArgument

  @Option(
    name: .customLong("run_path"),
    help: ArgumentHelp("Where to write the new run (default: where the old one is)", valueName: "path"))
  var runPath: String?

  @Flag(name: .customLong("overwrite"), help: "Replace the run that is already there.")
  var overwrite = false

  @Flag(name: .customLong("print"), help: "Print the settings as YAML, and run nothing.")
  var printOnly = false

  @OptionGroup(title: "Catalog and output") var reuse: ReuseOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    let run = try target.record(in: catalog)
    let text = try Self.settings(of: run)
    if printOnly { return try Console(verbosity: global.verbosity).result(text.trimmingCharacters(in: .newlines)) }
    // A temporary file, so that the settings are read and checked as those of any file are.
    let file = FileManager.default.temporaryDirectory.appending(path: "bergson-rerun-\(UUID().uuidString).yaml")
    defer { unlink(file.path) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    for var step in try RunConfiguration.read(file.path) {
      guard step.command != .query else { throw RunCannotBeRepeated(runID: run.id, command: run.command) }
      if let runPath { step.index.runPath = runPath }
      step.index.overwrite = overwrite
      try RunSession(step: try step.validated(), global: global, reuses: reuse.reuse ?? true).run()
    }
  }

  private static func settings(of run: RunRecord) throws -> String {
    guard let path = run.path else { return run.configYAML }
    let recorded = URL(filePath: path).appending(path: RunConfiguration.fileName)
    guard run.status == .finished, FileManager.default.fileExists(atPath: recorded.path) else { return run.configYAML }
    return try String(contentsOf: recorded, encoding: .utf8)
  }
}

struct RunCannotBeRepeated: Error, Equatable, CustomStringConvertible {
  let runID: String
  let command: String

  var description: String {
    "run \(runID) is one of '\(command)', whose questions are not among its settings; 'bergson runs show \(runID)' has its "
      + "command line"
  }
}
