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
  /// - Parameters:
  ///   - command: Whose settings they are.
  ///   - options: Flags that every command with a run has.
  ///   - override: Applies the flags that only this command has.
  /// - Returns: The step, and what a user should know about it.
  /// - Throws: `ConfigurationError`.
  func resolve(
    _ command: RunStep.Command, index options: IndexOptions, override: (inout RunStep) -> Void
  ) throws -> (step: RunStep, notes: [String]) {
    var step = RunStep(command)
    var isFlat = false
    if let target, RunConfiguration.isFile(target) {
      (step, isFlat) = try RunConfiguration.read(target, for: command)
    } else if let target {
      if let runPath = options.runPath, runPath != target {
        throw ConfigurationError.conflict(
          "RUN_PATH '\(target)'", "--run_path '\(runPath)'", reason: "a run is written to one place")
      }
      step.index.runPath = target
    }
    options.override(&step.index)
    override(&step)
    step = try step.takingProcessor(flags: options.processorFlags)
    return (try step.validated(), isFlat ? Self.notes(on: step) : [])
  }

  /// How the settings of a file of version 0.9.1 mean other numbers here than they did there.
  private static func notes(on step: RunStep) -> [String] {
    var flags: [String] = []
    if step.index.projectionDim > 0 {
      if step.index.projectionType == .normal {
        return ["the file is from version 0.9.1 of the Python tool, whose normal projection cannot be made here"]
      }
      if step.index.projectionVersion != 1 { flags.append("--projection_version 1") }
      if step.index.projectionScale != .rowNorm { flags.append("--projection_scale row_norm") }
    }
    if step.preprocess.preconditionerPath != nil, step.preprocess.inversionConfig.inversion != .meanAbsDamped {
      flags.append("--inversion mean_abs_damped")
    }
    guard !flags.isEmpty else { return [] }
    return [
      "the file is from version 0.9.1 of the Python tool, which computed otherwise; for its numbers add "
        + flags.joined(separator: " ")
    ]
  }
}
