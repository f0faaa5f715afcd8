/// `bergson FILE.yaml`: the steps of a configuration file, one after the other.
import ArgumentParser

struct Steps: ParsableCommand {
  static let name = "steps"

  static let configuration = CommandConfiguration(
    commandName: name, abstract: "Run the steps of a configuration file; `bergson FILE.yaml` is short for it.")

  @Argument(help: ArgumentHelp("A file with `steps:`, as config.yaml of every run is.", valueName: "FILE.yaml"))
  var file: String

  @OptionGroup(title: "Catalog and output") var reuse: ReuseOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  /// All steps, checked before the first one runs.
  func makeConfigurations() throws -> [RunStep] {
    try RunConfiguration.read(file).map { try $0.validated() }
  }

  func run() throws {
    for step in try makeConfigurations() {
      guard step.command != .query else {
        throw ConfigurationError.unsupportedCommand(file: file, line: 1, command: step.command.rawValue)
      }
      try RunSession(step: step, global: global, reuses: reuse.reuse ?? true).run()
    }
  }
}
