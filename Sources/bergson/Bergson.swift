/// The executable: rewrites the command line, runs the command, and turns what it throws into words and an exit code.
import ArgumentParser
import Foundation

@main
struct Bergson: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "bergson",
    abstract: "Training-data attribution: which documents made a language model behave as it does?",
    version: version,
    subcommands: [
      Build.self, Preconditioners.self, Reduce.self, Score.self, Query.self, Hessian.self, Trackstar.self, Ekfac.self,
      Generate.self, Steps.self, Evaluate.self, Runs.self, Report.self, Tokenize.self,
      TestModelConfiguration.self,
    ])

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      let normalizer = ArgumentNormalizer(commands: configuration.subcommands)
      var command = try parseAsRoot(try normalizer.normalize(arguments))
      if command is any ComputingCommand { WideKernels.choose() }
      try command.run()
    } catch {
      end(with: ExitStatus.outcome(of: error, in: Self.self))
    }
  }

  /// Prints what is left to say and exits.
  private static func end(with outcome: ExitStatus.Outcome) -> Never {
    var status = outcome.status
    if outcome.isResult {
      do {
        try Console.write(outcome.message + "\n", to: STDOUT_FILENO)
      } catch {
        Console.tell("error: \(error)\n")
        status = .failed
      }
    } else {
      Console.tell(outcome.message + "\n")
    }
    Foundation.exit(status.rawValue)
  }
}
