/// Flags that every command takes.
import ArgumentParser

struct GlobalOptions: ParsableArguments {
  @Option(
    name: .customLong("catalog"),
    help: ArgumentHelp(
      "The catalog of runs (default: BERGSON_CATALOG, else .bergson/catalog.sqlite here or in the nearest folder above)",
      valueName: "file"))
  var catalog: String?

  @Flag(name: .customLong("quiet"), help: "Print results and errors only.")
  var quiet = false

  @Flag(name: .customLong("verbose"), help: "Tell more of the story on stderr.")
  var verbose = false

  func validate() throws {
    if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  var verbosity: Console.Verbosity { quiet ? .quiet : verbose ? .verbose : .normal }
}

/// The name under which the catalog lists a run.
struct RunNameOptions: ParsableArguments {
  @Option(
    name: .customLong("run_name"),
    help: ArgumentHelp("Name of the run in the catalog (default: the last part of its path)", valueName: "name"))
  var runName: String?
}

/// Whether a run may take over what an earlier one has made of the same.
struct ReuseOptions: ParsableArguments {
  @Flag(
    name: .customLong("reuse"), inversion: .prefixedNo,
    help: "Take over what an earlier run of the catalog has made from the same ingredients (default: true)")
  var reuse: Bool?
}
