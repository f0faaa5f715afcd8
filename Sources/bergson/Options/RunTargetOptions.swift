/// The positional argument of commands that make a run: where to write it, or a file with its settings.
import ArgumentParser
import Engine

struct RunTargetOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Where to write the run; or the .yaml file of an earlier one to repeat, with flags over it.",
      valueName: "RUN_PATH|FILE.yaml"))
  var target: String?

  /// Settings by rank: defaults, then the file, then the flags that `override` applies; checked at the end.
  ///
  /// - Throws: `ConfigurationError`.
  func resolve(
    _ command: RunStep.Command, index options: IndexOptions, override: (inout RunStep) -> Void
  ) throws -> (step: RunStep, notes: [String]) {
    var step = RunStep(command)
    var notes: [String] = []
    if let target, RunConfiguration.isFile(target) {
      (step, notes) = try RunConfiguration.read(target, for: command)
    } else if let target {
      if let runPath = options.runPath, runPath != target {
        throw ConfigurationError.conflict(
          "RUN_PATH '\(target)'", "--run_path '\(runPath)'", reason: "a run is written to one place")
      }
      step.index.runPath = target
    }
    options.override(&step.index)
    override(&step)
    return (try step.validated(), notes)
  }
}
