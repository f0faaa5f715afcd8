/// Which modules of a model an adapter adapts, and by how much: PEFT's `check_target_module_exists` and `get_pattern_key`.
///
/// Names are those of the full model, as `model.layers.0.self_attn.q_proj`.
struct LoRATargets: Sendable {
  private let configuration: LoRAConfiguration
  private let names: ModuleNames
  private let targets: Rule?
  private let excluded: Rule?
  private let savedModules: [Rule]
  private let layerNumbers: [Rule]
  private let ranks: [(rule: Rule, value: Int)]
  private let alphas: [(rule: Rule, value: Double)]

  /// What PEFT adapts of an architecture when it is not told.
  private static let defaults: [String: [String]] = [
    "gpt_neox": ["query_key_value"], "gpt2": ["c_attn"], "llama": ["q_proj", "v_proj"],
    "mistral": ["q_proj", "v_proj"], "qwen2": ["q_proj", "v_proj"], "qwen3": ["q_proj", "v_proj"],
    "gemma2": ["q_proj", "v_proj"],
  ]

  /// - Throws: `AdapterError` for what is no regular expression, and where nothing says what to adapt.
  init(_ configuration: LoRAConfiguration, architecture: String) throws {
    self.configuration = configuration
    guard let names = configuration.targets ?? Self.defaults[architecture].map(ModuleNames.endings) else {
      throw AdapterError.noDefaultTargets(source: configuration.source, architecture: architecture)
    }
    self.names = names
    func rule(_ key: String, _ text: String, _ form: (String) -> String) throws -> Rule {
      try Rule(source: configuration.source, key: key, text: text, pattern: form(text))
    }
    func whole(_ key: String, _ names: ModuleNames?) throws -> Rule? {
      guard case .pattern(let text)? = names else { return nil }
      return try rule(key, text) { "(?:\($0))$" }
    }
    func ending(_ key: String, _ text: String) throws -> Rule { try rule(key, text) { "(.*\\.)?(\($0))$" } }
    targets = try whole("target_modules", names)
    excluded = try whole("exclude_modules", configuration.excluded)
    savedModules = try configuration.savedModules.map { text in
      try rule("modules_to_save", text) { "(^|.*\\.)\($0)($|\\..*)" }
    }
    // The first number in a name is that of the layer: later ones may count experts.
    layerNumbers =
      configuration.layerLists.isEmpty
      ? [try rule("layers_to_transform", "") { _ in ".*?\\.[^.]*\\.(?P<idx>\\d+)\\." }]
      : try configuration.layerLists.map { text in
        try rule("layers_pattern", text) { "(?:^|.*?\\.)\($0)\\.(?P<idx>\\d+)\\." }
      }
    ranks = try configuration.rankPatterns.map { (try ending("rank_pattern", $0.pattern), $0.value) }
    alphas = try configuration.alphaPatterns.map { (try ending("alpha_pattern", $0.pattern), $0.value) }
  }

  /// What is adapted, in the words of an error message.
  var description: String { names.description }

  /// Whether a module is adapted; one that the adapter saves whole never is.
  ///
  /// - Parameter isLinear: whether `all-linear` means it.
  /// - Throws: `AdapterError.badPattern` where a regular expression takes too many steps.
  func contains(_ module: String, isLinear: Bool) throws -> Bool {
    if try isExcluded(module) || savedModules.contains(where: { try $0.matches(module) }) { return false }
    switch names {
    case .allLinear: return isLinear
    case .pattern: return try targets?.matches(module) == true
    case .endings(let endings):
      if endings.contains(module) { return true }
      return try endings.contains { module.hasSuffix(".\($0)") } && isInChosenLayer(module)
    }
  }

  private func isExcluded(_ module: String) throws -> Bool {
    switch configuration.excluded {
    case nil, .allLinear?: false
    case .pattern?: try excluded?.matches(module) == true
    case .endings(let endings)?: endings.contains { module == $0 || module.hasSuffix(".\($0)") }
    }
  }

  private func isInChosenLayer(_ module: String) throws -> Bool {
    guard !configuration.layers.isEmpty else { return true }
    for rule in layerNumbers {
      guard let groups = try rule.groups(module) else { continue }
      // Of the first pattern that matches, the number is the last group.
      guard case let number?? = groups.last, let layer = Int(number) else { return false }
      return configuration.layers.contains(layer)
    }
    return false
  }

  /// r and s of a module.
  ///
  /// - Throws: `AdapterError.badPattern` where a regular expression takes too many steps.
  func size(of module: String) throws -> (rank: Int, scale: Float) {
    let rank = try ranks.first { try $0.rule.matches(module) }?.value ?? configuration.rank
    let alpha = try alphas.first { try $0.rule.matches(module) }?.value ?? configuration.alpha
    return (rank, configuration.scale(rank: rank, alpha: alpha))
  }
}

/// A regular expression made of a setting, and what errors call it.
private struct Rule: Sendable {
  let source: String
  let key: String
  let text: String
  private let pattern: PythonPattern

  init(source: String, key: String, text: String, pattern: String) throws {
    self.source = source
    self.key = key
    self.text = text
    do {
      self.pattern = try PythonPattern(pattern)
    } catch PythonPattern.Failure.malformed(let reason) {
      throw AdapterError.badPattern(source: source, key: key, pattern: text, reason: reason)
    }
  }

  func groups(_ module: String) throws -> [Substring?]? {
    do {
      return try pattern.groups(matching: module)
    } catch PythonPattern.Failure.tooManySteps {
      throw AdapterError.badPattern(
        source: source, key: key, pattern: text, reason: "it tries too many ways to match '\(module)'")
    }
  }

  func matches(_ module: String) throws -> Bool { try groups(module) != nil }
}
