/// Flags of what happens to gradient rows after collection (`preprocess_cfg`).
import ArgumentParser
import Engine

struct PreprocessOptions: ParsableArguments {
  private static let defaults = PreprocessConfig()

  @OptionGroup var norms: NormOptions

  @OptionGroup var preconditioner: PreconditionerOptions

  @Flag(
    name: .customLong("ev_correction"), inversion: .prefixedNo,
    help: .setting(
      "Precondition by the corrected eigenvalues of a Kronecker-factored Hessian (EK-FAC).",
      default: defaults.eigenvalueCorrection))
  var eigenvalueCorrection: Bool?

  @Option(
    name: .customLong("aggregation"),
    help: ArgumentHelp(
      "One row in all instead of one per document; in `score`, of the queries (default: none, and mean in `reduce`)"))
  var aggregation: Aggregation?

  func override(_ config: inout PreprocessConfig) {
    norms.override(&config)
    preconditioner.override(path: &config.preconditionerPath, &config.inversionConfig)
    eigenvalueCorrection.override(&config.eigenvalueCorrection)
    aggregation.override(&config.aggregation)
  }
}

struct NormOptions: ParsableArguments {
  private static let defaults = PreprocessConfig()

  @Flag(
    name: .customLong("unit_normalize"), inversion: .prefixedNo,
    help: .setting("Scale every row to unit length.", default: defaults.unitNormalize))
  var unitNormalize: Bool?

  @Flag(
    name: .customLong("normalize_aggregated_grad"), inversion: .prefixedNo,
    help: .setting("Scale the aggregated row to unit length.", default: defaults.normalizeAggregatedGradient))
  var normalizeAggregatedGradient: Bool?

  func override(_ config: inout PreprocessConfig) {
    unitNormalize.override(&config.unitNormalize)
    normalizeAggregatedGradient.override(&config.normalizeAggregatedGradient)
  }
}
