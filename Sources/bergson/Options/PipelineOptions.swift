/// Flags of the commands that make queries, curvature and scores under one run path.
import ArgumentParser
import Engine

/// The documents asked about (`query.*`).
struct QuerySetOptions: ParsableArguments {
  @OptionGroup var data: DataOptions<QueryDocuments>

  @Option(
    name: .customLong("query.aggregation"),
    help: ArgumentHelp("One row of all queries instead of one each (default: none, and mean in `ekfac`)"))
  var aggregation: Aggregation?

  func override(_ config: inout QuerySetConfig) {
    data.override(&config.data)
    aggregation.override(&config.aggregation)
  }
}

/// Flags of `trackstar_cfg` besides queries, rows and scores.
struct TrackstarOptions: ParsableArguments {
  private static let defaults = TrackstarConfig()

  @Option(
    name: .customLong("target_downweight_components"),
    help: .setting(
      "Components, of all modules' together, that mixing in the queries' autocorrelation is to take weight from.",
      default: defaults.targetDownweightComponents, value: "components"))
  var targetDownweightComponents: Int?

  @Flag(
    name: .customLong("mix_hessians"), inversion: .prefixedNo,
    help: .setting(
      "Precondition by the mixture of both autocorrelations; by the data's alone if not.",
      default: defaults.mixHessians))
  var mixHessians: Bool?

  @Flag(
    name: .customLong("num_stats_sample_preconditioner"), inversion: .prefixedNo,
    help: .setting(
      "Fit the autocorrelations on --stats_sample_size documents; on all if not.", default: defaults.limitsStatistics))
  var limitsStatistics: Bool?

  func override(_ config: inout TrackstarConfig) {
    targetDownweightComponents.override(&config.targetDownweightComponents)
    mixHessians.override(&config.mixHessians)
    limitsStatistics.override(&config.limitsStatistics)
  }
}

/// `--resume`, of runs of several steps.
struct ResumeOptions: ParsableArguments {
  @Flag(
    name: .customLong("resume"), inversion: .prefixedNo,
    help: .setting("Go on after the finished steps of an interrupted run.", default: TrackstarConfig().resume))
  var resume: Bool?
}
