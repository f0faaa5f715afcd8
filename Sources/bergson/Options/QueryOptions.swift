/// Flags of `query` (`query_cfg`).
import ArgumentParser
import Engine

struct QueryOptions: ParsableArguments {
  private static let defaults = QueryConfig()

  @Option(
    name: .customLong("index"),
    help: ArgumentHelp("The run of `build` to search (required)", valueName: "directory"))
  var index: String?

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp("Directory or GGUF file of the model (default: the one that made the index)", valueName: "path"))
  var model: String?

  @Option(
    name: .customLong("text_field"),
    help: .setting("Column of the indexed data that is printed.", default: defaults.textField, value: "column"))
  var textField: String?

  @Flag(
    name: .customLong("unit_norm"), inversion: .prefixedNo,
    help: .setting("Compare by cosine instead of by product.", default: defaults.unitNorm))
  var unitNorm: Bool?

  @Option(
    name: .customLong("top_k"),
    help: .setting("Documents printed on each side, at least 1.", default: defaults.topK, value: "documents"))
  var topK: Int?

  @Option(
    name: .customLong("record"),
    help: .setting("CSV file to which every answer is added.", default: defaults.record, value: "file"))
  var record: String?

  @OptionGroup var preconditioner: PreconditionerOptions

  @Flag(
    name: .customLong("device_map_auto"), inversion: .prefixedNo,
    help: .setting(
      "Accepted for the Python tool's command lines; there is one device here.", default: defaults.deviceMapAuto))
  var deviceMapAuto: Bool?

  func override(_ config: inout QueryConfig) {
    index.override(&config.index)
    model.override(&config.model)
    textField.override(&config.textField)
    unitNorm.override(&config.unitNorm)
    topK.override(&config.topK)
    record.override(&config.record)
    preconditioner.override(path: &config.preconditionerPath, &config.inversionConfig)
    deviceMapAuto.override(&config.deviceMapAuto)
  }
}
