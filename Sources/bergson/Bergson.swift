/// The executable: rewrites the command line, runs the command, and turns what it throws into words and an exit code.
import ArgumentParser
import Foundation

@main
struct Bergson: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "bergson",
    abstract: "Training-data attribution: which documents made a language model behave as it does?",
    version: version)

  /// Every command that is declared and documented; `configuration` registers those whose pipelines exist.
  static let commands: [any ParsableCommand.Type] = [
    Build.self, Preconditioners.self, Reduce.self, Score.self, Query.self, Steps.self, Runs.self, Report.self,
  ]

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      let normalizer = ArgumentNormalizer(commands: configuration.subcommands)
      var command = try parseAsRoot(try normalizer.normalize(arguments))
      try command.run()
    } catch {
      let outcome = ExitStatus.outcome(of: error, in: Self.self)
      Console.write(outcome.message + "\n", to: outcome.isResult ? .standardOutput : .standardError)
      Foundation.exit(outcome.status.rawValue)
    }
  }
}
