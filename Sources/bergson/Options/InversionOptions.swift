/// Flags of preconditioning (`preprocess_cfg`, `query_cfg`) and of how eigenvalues are inverted (`inversion_cfg`).
import ArgumentParser
import Engine

struct PreconditionerOptions: ParsableArguments {
  @Option(
    name: [.customLong("preconditioner_path"), .customLong("hessian_path")],
    help: .setting(
      "A run whose preconditioner is applied; `none` for none.", default: PreprocessConfig().preconditionerPath,
      value: "directory"))
  var preconditionerPath: Nullable<String>?

  @OptionGroup var inversion: InversionOptions

  func override(path: inout String?, _ config: inout InversionConfig) {
    preconditionerPath.override(&path)
    inversion.override(&config)
  }
}

struct InversionOptions: ParsableArguments {
  private static let defaults = InversionConfig()

  @Option(
    name: .customLong("inversion"),
    help: .setting("How a preconditioner's eigenvalues are inverted.", default: defaults.inversion))
  var inversion: EigenvalueInversion?

  @Option(
    name: [.customLong("damping_factor"), .customLong("lambda_damp_factor")],
    help: .setting("Damping, as a multiple of the mean eigenvalue.", default: defaults.dampingFactor, value: "factor"))
  var dampingFactor: Double?

  func override(_ config: inout InversionConfig) {
    inversion.override(&config.inversion)
    dampingFactor.override(&config.dampingFactor)
  }
}
