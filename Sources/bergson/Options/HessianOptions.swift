/// Flags of the approximation of curvature (`hessian_cfg`).
import ArgumentParser
import Engine

struct HessianOptions: ParsableArguments {
  private static let defaults = HessianConfig()

  @Option(
    name: .customLong("method"),
    help: .setting(
      "Kronecker factors (kfac, tkfac, shampoo) of whole gradients, or the autocorrelation of projected ones.",
      default: defaults.method))
  var method: HessianMethod?

  @Flag(
    name: .customLong("ev_correction"), inversion: .prefixedNo,
    help: .setting(
      "Fit eigenvalues to the documents' gradients in the factors' eigenbases (EK-FAC), by a second pass.",
      default: defaults.eigenvalueCorrection))
  var eigenvalueCorrection: Bool?

  @Option(
    name: .customLong("hessian_dtype"),
    help: .setting(
      "Width in which factors are stored; auto is fp32, and sums are wider whatever it is.",
      default: defaults.precision))
  var precision: HessianPrecision?

  @Flag(
    name: .customLong("use_dataset_labels"), inversion: .prefixedNo,
    help: .setting(
      "Take labels from the data instead of sampling them from the model.", default: defaults.useDatasetLabels))
  var useDatasetLabels: Bool?

  @Option(
    name: .customLong("label_seed"),
    help: .setting("Seed of the sampled labels.", default: defaults.labelSeed, value: "seed"))
  var labelSeed: Int?

  @Option(
    name: .customLong("module_partitions"),
    help: .setting(
      "Groups of modules fitted one after the other, each with its own passes over the data, to save memory.",
      default: defaults.modulePartitions, value: "groups"))
  var modulePartitions: Int?

  func override(_ config: inout HessianConfig) {
    method.override(&config.method)
    eigenvalueCorrection.override(&config.eigenvalueCorrection)
    precision.override(&config.precision)
    useDatasetLabels.override(&config.useDatasetLabels)
    labelSeed.override(&config.labelSeed)
    modulePartitions.override(&config.modulePartitions)
  }
}
