/// The keys of `LoraConfig`, one by one: which are read, which are of no matter, which are refused.
extension ModelConfiguration {
  /// Any factor that a float32 holds.
  static var scales: ClosedRange<Double> { -1e30...1e30 }

  /// Beyond any linear module, and small enough that fresh matrices of it are still made in memory.
  static var ranks: ClosedRange<Int> { 1...65_536 }

  private static let read: Set = [
    "alpha_pattern", "base_model_name_or_path", "bias", "ensure_weight_tying", "exclude_modules", "init_lora_weights",
    "layers_pattern", "layers_to_transform", "lora_alpha", "lora_bias", "modules_to_save", "peft_type", "r",
    "rank_pattern", "revision", "target_modules", "task_type", "use_rslora",
  ]

  /// Of training, of merging and of how a saved adapter began.
  private static let ofNoMatter: Set = [
    "auto_mapping", "corda_config", "eva_config", "fan_in_fan_out", "inference_mode", "loftq_config", "lora_dropout",
    "lora_ga_config", "megatron_core", "peft_version", "qalora_group_size", "runtime_config",
  ]

  /// Variants of LoRA, and ways to say what is adapted, that are not here; written by PEFT when they are off too.
  private static let variants: Set = [
    "alora_invocation_tokens", "arrow_config", "kasa_config", "layer_replication", "megatron_config",
    "monteclora_config", "target_parameters", "trainable_token_indices", "use_bdlora", "use_dora", "use_qalora",
    "velora_config",
  ]

  /// - Throws: `AdapterError` for another method than LoRA, for a variant of it that is switched on, and for what a newer
  ///   PEFT may have added and switched on; of a fresh adapter, for every key that is not known.
  func refuseWhatIsNotComputed(isFresh: Bool) throws {
    if try string("peft_type", default: "LORA").uppercased() != "LORA" {
      throw unsupportedAdapter("peft_type", supported: "LORA")
    }
    if let task = try optionalString("task_type"), task != "CAUSAL_LM" {
      throw unsupportedAdapter("task_type", supported: "CAUSAL_LM")
    }
    if try string("bias", default: "none") != "none" {
      throw unsupportedAdapter("bias", supported: "none, for the base model's biases stay as they are here")
    }
    for key in keys where !Self.read.contains(key) && !Self.ofNoMatter.contains(key) {
      if isFresh, !Self.variants.contains(key) {
        throw AdapterError.unknownSetting(source: source, key: key, known: Self.read.sorted() + ["seed"])
      }
      if value(key)?.isOff == false { throw unsupportedAdapter(key, supported: "LoRA without it") }
    }
  }

  /// The message shows the value as it is written.
  func unsupportedAdapter(_ key: String, supported: String) -> AdapterError {
    let text = value(key).map { String(decoding: $0.canonicalBytes, as: UTF8.self) } ?? "null"
    return AdapterError.unsupported(
      source: source, key: key, value: text.count > 60 ? text.prefix(60) + "..." : text, supported: supported)
  }

  func moduleNames(_ key: String) throws -> ModuleNames? {
    switch value(key) {
    case nil: nil
    case .string(let text)? where key == "target_modules" && text.lowercased() == "all-linear": .allLinear
    case .string(let text)?: .pattern(text)
    default: .endings(try strings(key))
    }
  }

  /// A list, or one string that stands for a list of one.
  func strings(_ key: String) throws -> [String] {
    switch value(key) {
    case nil: return []
    case .string(let text)?: return [text]
    case .array(let elements)?:
      return try elements.map { element in
        guard let text = element.string else { throw wrongElement(key, element, "a list of strings") }
        return text
      }
    case let other?: throw wrongElement(key, other, "a list of strings")
    }
  }

  /// A list, or one integer that stands for a list of one.
  func integers(_ key: String) throws -> [Int] {
    switch value(key) {
    case nil: return []
    case .integer(let number)?: return [number]
    case .array(let elements)?:
      return try elements.map { element in
        guard let number = element.integer else { throw wrongElement(key, element, "a list of integers") }
        return number
      }
    case let other?: throw wrongElement(key, other, "a list of integers")
    }
  }

  private func wrongElement(_ key: String, _ found: JSONValue, _ expected: String) -> ModelConfigurationError {
    .wrongType(file: source, key: key, found: found.kind, expected: expected)
  }

  /// An object from regular expressions to values, in the order of the file.
  func patterns<Value>(
    _ key: String, _ read: (ModelConfiguration, String) throws -> Value
  ) throws -> [(pattern: String, value: Value)] {
    guard let object = try nested(key) else { return [] }
    return try object.keys.map { ($0, try read(object, $0)) }
  }

  func initialization(isFresh: Bool) throws -> LoRAConfiguration.Initialization {
    switch value("init_lora_weights") {
    case nil, .bool(true)?: return .zero
    case .bool(false)?: return .random
    case .string(let name)? where name.lowercased() == "gaussian": return .gaussian
    case .string("eva")?, .string("orthogonal")?:
      if !isFresh { return .zero }
    default: break
    }
    throw unsupportedAdapter(
      "init_lora_weights",
      supported: isFresh
        ? "true, false, gaussian"
        : "true, false, gaussian, eva and orthogonal; others change the base model's weights, so save the adapter with"
          + " path_initial_model_for_weight_conversion")
  }
}

extension JSONValue {
  /// Whether a setting with this value is as good as not there.
  fileprivate var isOff: Bool {
    switch self {
    case .null, .bool(false): true
    case .string(let text): text.isEmpty
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    case .bool(true), .integer, .number: false
    }
  }
}
