/// One run from registration to its end: every command that computes goes through here, so that the catalog knows of it
/// before work starts and however it ends.
import Catalog
import Engine
import Foundation
import Hub

struct RunSession {
  let step: RunStep
  let global: GlobalOptions
  var name: String?
  /// What a user should know about the settings.
  var notes: [String] = []
  /// Whether what an earlier run has made may be taken over.
  var reuses = true

  /// What a pipeline works with: who to tell, and `config.yaml`.
  struct Work {
    let step: RunStep
    let context: RunContext
    /// Text of a step's `config.yaml`.
    let configuration: @Sendable (RunStep) throws -> String

    var companions: Companions {
      { [step, configuration] commits in
        [RunConfiguration.fileName: try configuration(step.pinned(to: commits))]
      }
    }

    /// The steps of a pipeline have a `config.yaml` each, by which they can be made alone.
    var stepCompanions: StepCompanions {
      { [configuration] step, commits in
        [RunConfiguration.fileName: try configuration(RunStep(step).pinned(to: commits))]
      }
    }
  }

  /// The run as the catalog has it at the end, and what it found out.
  struct Finished {
    let run: RunRecord
    let outcome: RunOutcome
    let console: Console
  }

  /// Registers the run, runs `body`, and records how it ended. An error is recorded and thrown on.
  func run(_ body: (Work) throws -> RunOutcome) throws -> Finished {
    let console = Console(verbosity: verbosity)
    for note in notes { console.story(note) }
    if let complaint = WideKernels.complaint { console.story(complaint) }
    let workingDirectory = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    // Of several steps, an earlier one may have made the processor just now.
    let step = try step.resolvingPaths(in: workingDirectory).takingProcessor()
    let created = Date()
    let configuration: @Sendable (RunStep) throws -> String = {
      try RunConfiguration.text(of: [$0], version: Bergson.version, created: created)
    }
    let catalog = try RunCatalog.open(at: global.catalogURL(in: workingDirectory))
    let run = try catalog.register(
      RunRegistration(
        command: step.command.rawValue, name: name, path: step.runPath, configYAML: try configuration(step),
        commandLine: CommandLine.arguments, workingDirectory: workingDirectory.path, version: Bergson.version,
        kernels: BLAS.kernels, processorModel: Host.processorModel, coreCount: Host.coreCount))
    SignalTrap.install()
    let log = Self.log(of: run, in: catalog, console)
    let bar = RunProgressBar(verbosity: verbosity)
    let tell: @Sendable (String) -> Void = { line in
      bar.clear()
      log?.write(line)
      console.story(line)
    }
    let context = RunContext(
      progress: { bar.update($0) }, isCancelled: { SignalTrap.isInterrupted },
      tell: tell,
      repositories: HubRepositories(bar, tell: tell),
      earlier: { [reuses] in reuses ? try EarlierRuns(catalog: catalog).run(with: $0, beside: $1) : nil },
      earlierTables: { [reuses] in reuses ? try EarlierRuns(catalog: catalog).tables(ofRecipe: $0) : [] },
      ingredients: { try catalog.artifact(atPath: $0.standardizedFileURL.path)?.keyIngredients })
    defer { if let complaint = log?.complaint { console.warning(complaint) } }
    let clock = ContinuousClock()
    let start = clock.now
    do {
      try step.checkPlace()
      var outcome = try body(Work(step: step, context: context, configuration: configuration))
      bar.clear()
      if step.runPath != nil {
        outcome.metrics.append(
          RunOutcome.Metric("forwardPasses", Double(context.forwardPasses.count), "batches"))
      }
      outcome.metrics.append(RunOutcome.Metric("wallTime", (clock.now - start) / .seconds(1), "s"))
      outcome.metrics.append(RunOutcome.Metric("peakMemory", Double(Host.peakMemory), "bytes"))
      for warning in outcome.warnings {
        log?.write("warning: \(warning)")
        console.warning(warning)
      }
      let finished = try record(outcome, of: run, step: step, in: catalog)
      console.story(
        "run \(finished.id) finished in \(Format.duration((clock.now - start) / .seconds(1))), "
          + "\(Format.bytes(Host.peakMemory)) of memory at most")
      return Finished(run: finished, outcome: outcome, console: console)
    } catch let problem {
      bar.clear()
      let error = try Self.naming(problem, run, in: catalog)
      log?.write("error: \(error)")
      do {
        try end(run, after: error, in: catalog)
      } catch let refusal {
        // Why the run failed matters more than why that is not on record.
        console.warning("how run \(run.id) ended could not be recorded: \(refusal)")
      }
      throw error is CancellationError ? Interrupted() : error
    }
  }

  /// An error of two runs that do not belong together, with what the catalog calls them; any other unchanged.
  private static func naming(_ error: any Error, _ run: RunRecord, in catalog: RunCatalog) throws -> any Error {
    guard var mismatch = error as? RecipeMismatch else { return error }
    mismatch.runHere = [run.name, run.id].compactMap(\.self).joined(separator: ", ")
    mismatch.runThere = try EarlierRuns(catalog: catalog).name(ofRunAt: mismatch.path)
    return mismatch
  }

  /// The run's log, which begins with its command line; a run goes on without one.
  private static func log(of run: RunRecord, in catalog: RunCatalog, _ console: Console) -> RunLog? {
    do {
      let log = try RunLog(at: catalog.log(of: run.id))
      log.write(run.commandLine.joined(separator: " "))
      return log
    } catch {
      console.warning("the run has no log: \(error)")
      return nil
    }
  }

  /// `--debug` tells the whole story.
  private var verbosity: Console.Verbosity { step.index.debug ? .verbose : global.verbosity }

  private func end(_ run: RunRecord, after error: any Error, in catalog: RunCatalog) throws {
    var results = RunResults()
    results.metrics = [
      MetricRecord(runID: run.id, name: "peakMemory", value: Double(Host.peakMemory), unit: "bytes")
    ]
    if error is CancellationError || error is Interrupted {
      _ = try catalog.cancel(run.id, exitCode: ExitStatus.interrupted.rawValue, results: results)
    } else {
      let outcome = ExitStatus.outcome(of: error, in: Bergson.self)
      _ = try catalog.fail(run.id, error: "\(error)", exitCode: outcome.status.rawValue, results: results)
    }
  }
}

extension GlobalOptions {
  /// Where the catalog is, or would be made.
  func catalogURL(
    in workingDirectory: URL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
  ) -> URL {
    RunCatalog.locate(
      explicit: catalog, environment: ProcessInfo.processInfo.environment, workingDirectory: workingDirectory)
  }
}

extension RunStep {
  /// The directory that the command makes; none for one that only asks.
  var runPath: String? { [.query, .evaluate].contains(command) ? nil : index.runPath }
}
