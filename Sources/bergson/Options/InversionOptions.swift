/// Flags of the inversion of a preconditioner's eigenvalues, shared by `preprocess_cfg` and `query_cfg`.
import ArgumentParser
import Engine

struct InversionOptions: ParsableArguments {
  private static let defaults = InversionConfig()

  @Option(
    name: [.customLong("preconditioner_path"), .customLong("hessian_path")],
    help: .setting(
      "A run whose preconditioner is applied; `none` for none.", default: PreprocessConfig().preconditionerPath,
      value: "directory"))
  var preconditionerPath: Nullable<String>?

  @Option(
    name: .customLong("inversion"),
    help: .setting("How its eigenvalues are inverted.", default: defaults.inversion))
  var inversion: EigenvalueInversion?

  @Option(
    name: .customLong("damping_factor"),
    help: .setting("Damping, as a multiple of the mean eigenvalue.", default: defaults.dampingFactor, value: "factor"))
  var dampingFactor: Double?

  func override(path: inout String?, _ config: inout InversionConfig) {
    preconditionerPath.override(&path)
    inversion.override(&config.inversion)
    dampingFactor.override(&config.dampingFactor)
  }
}
