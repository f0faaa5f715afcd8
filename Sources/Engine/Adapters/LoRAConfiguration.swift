/// The settings of a LoRA adapter: `adapter_config.json` as PEFT's `LoraConfig` writes it, or the arguments of a fresh one.
///
/// What bears on no number of a frozen adapter (dropout, `fan_in_fan_out`, by which PEFT merges) is read past. What this
/// program does not compute is refused by name, and so is what it does not know.
package struct LoRAConfiguration: Sendable {
  /// The file, or `--peft_init_kwargs`; for errors.
  package let source: String
  /// A directory, or the id of a repository of the hub.
  package let baseModel: String?
  package let baseRevision: String?
  /// r, and α; for the modules that no pattern names.
  package let rank: Int
  package let alpha: Double
  /// Scale by α/√r instead of α/r.
  let isRankStabilized: Bool
  /// Whether B has a bias.
  let hasBias: Bool
  /// nil for PEFT's default for the architecture.
  let targets: ModuleNames?
  let excluded: ModuleNames?
  /// Only layers of these numbers; empty for all.
  let layers: [Int]
  /// Names of the list of layers, each a regular expression; empty for any.
  let layerLists: [String]
  /// Other values of r and α for modules whose name ends with what a regular expression matches; the first counts.
  let rankPatterns: [(pattern: String, value: Int)]
  let alphaPatterns: [(pattern: String, value: Double)]
  /// Modules that the adapter brings whole, by the endings of their names.
  let savedModules: [String]
  /// Whether an embedding among them stands for the head that is tied to it too.
  let tiesSavedModules: Bool
  /// How the matrices of a fresh adapter are drawn; of no matter to a saved one.
  let initialization: Initialization

  enum Initialization: Sendable, Equatable {
    /// A uniform, B zero: the adapter changes nothing yet.
    case zero
    /// A normal with deviation 1/r, B zero.
    case gaussian
    /// Both uniform.
    case random
  }

  /// The settings of a saved adapter.
  ///
  /// - Throws: `AdapterError`, `ModelConfigurationError`; both name the file and the key.
  package init(_ file: ModelConfiguration) throws {
    try self.init(file, isFresh: false)
  }

  /// The settings of an adapter that is to be made.
  ///
  /// - Throws: `AdapterError`, `ModelConfigurationError`; both name the key.
  init(arguments: ModelConfiguration) throws {
    try self.init(arguments, isFresh: true)
  }

  private init(_ file: ModelConfiguration, isFresh: Bool) throws {
    try file.refuseWhatIsNotComputed(isFresh: isFresh)
    source = file.source
    baseModel = try file.optionalString("base_model_name_or_path")
    baseRevision = try file.optionalString("revision")
    rank = try file.integer("r", in: ModelConfiguration.ranks, default: 8)
    alpha = try file.number("lora_alpha", in: ModelConfiguration.scales, default: 8)
    isRankStabilized = try file.bool("use_rslora", default: false)
    hasBias = try file.bool("lora_bias", default: false)
    targets = try file.moduleNames("target_modules")
    excluded = try file.moduleNames("exclude_modules")
    layers = try file.integers("layers_to_transform")
    layerLists = try file.strings("layers_pattern")
    rankPatterns = try file.patterns("rank_pattern") { try $0.integer($1, in: ModelConfiguration.ranks) }
    alphaPatterns = try file.patterns("alpha_pattern") { try $0.number($1, in: ModelConfiguration.scales) }
    savedModules = try file.strings("modules_to_save")
    tiesSavedModules = try file.bool("ensure_weight_tying", default: false)
    initialization = try file.initialization(isFresh: isFresh)
    if !layers.isEmpty, targets?.isOneString == true {
      throw file.unsupportedAdapter("layers_to_transform", supported: "none beside target_modules that is one string")
    }
    if layers.isEmpty, !layerLists.isEmpty {
      throw file.unsupportedAdapter("layers_pattern", supported: "none without layers_to_transform")
    }
  }

  /// How much of B(A x) is added under a rank and an α.
  func scale(rank: Int, alpha: Double) -> Float {
    Float(isRankStabilized ? alpha / Double(rank).squareRoot() : alpha / Double(rank))
  }
}

/// Modules as PEFT's settings name them.
enum ModuleNames: Sendable, Equatable {
  /// Whole names, or endings of names from a dot on.
  case endings([String])
  /// One regular expression over whole names.
  case pattern(String)
  /// Every linear module but the head.
  case allLinear

  /// What `layers_to_transform` cannot be combined with.
  var isOneString: Bool {
    if case .endings = self { false } else { true }
  }

  var description: String {
    switch self {
    case .endings(let names): names.joined(separator: ", ")
    case .pattern(let pattern): "the regular expression '\(pattern)' over whole names"
    case .allLinear: "all-linear"
    }
  }
}
