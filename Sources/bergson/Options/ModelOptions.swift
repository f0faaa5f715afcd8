/// Flags of the model, and of which of its parameters gradients are of.
import ArgumentParser
import Engine

struct ModelOptions: ParsableArguments {
  private static let defaults = IndexConfig()

  @Option(
    name: .customLong("model"),
    help: .setting(
      "Directory with config.json, weights and tokenizer.json, a GGUF file, or the id of a repository of the hub.",
      default: defaults.model, value: "directory|id"))
  var model: String?

  @Option(
    name: .customLong("revision"),
    help: .setting(
      "Branch, tag or commit of the model's repository; `none` for its default.", default: defaults.revision,
      value: "revision"))
  var revision: Nullable<String>?

  @Option(
    name: .customLong("peft_init_kwargs"),
    help: .setting(
      "Put a fresh LoRA adapter on the model, as r=8,target_modules=q_proj|v_proj; only its matrices are attributed.",
      default: defaults.adapterArguments, value: "name=value,..."))
  var adapterArguments: String?

  @Option(
    name: [.customLong("precision"), .customLong("index_cfg.precision")],
    help: .setting("Precision of the model's weights; auto is as stored.", default: defaults.precision))
  var precision: Precision?

  @Option(
    name: .customLong("tokenizer"),
    help: .setting(
      "Directory with another tokenizer.json than the model's, or the id of a repository of the hub.",
      default: defaults.tokenizer, value: "directory|id"))
  var tokenizer: String?

  func override(_ config: inout IndexConfig) {
    model.override(&config.model)
    revision.override(&config.revision)
    adapterArguments.override(&config.adapterArguments)
    precision.override(&config.precision)
    tokenizer.override(&config.tokenizer)
  }
}

struct ModuleOptions: ParsableArguments {
  private static let defaults = IndexConfig()

  @Flag(
    name: .customLong("include_bias"), inversion: .prefixedNo,
    help: .setting("Add the gradient of the bias as a column.", default: defaults.includeBias))
  var includeBias: Bool?

  @Option(
    name: .customLong("filter_modules"),
    help: .setting(
      "Comma-separated globs of modules to leave out; `none` for none.", default: defaults.filterModules,
      value: "globs"))
  var filterModules: Nullable<String>?

  @Option(
    name: [.customLong("modules"), .customLong("index_cfg.modules")], parsing: .upToNextOption,
    help: .setting("Only these modules; `none` for all.", default: defaults.modules, value: "module"))
  var modules: [String] = []

  func override(_ config: inout IndexConfig) {
    includeBias.override(&config.includeBias)
    filterModules.override(&config.filterModules)
    ListOverride(modules).override(&config.modules)
  }
}
