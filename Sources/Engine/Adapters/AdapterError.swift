/// Why a LoRA adapter cannot be put on a model.
///
/// `source` is the path of an adapter_config.json, or `--peft_init_kwargs`.
package enum AdapterError: Error, Equatable, CustomStringConvertible {
  case unsupported(source: String, key: String, value: String, supported: String)
  case unknownSetting(source: String, key: String, known: [String])
  case badPattern(source: String, key: String, pattern: String, reason: String)
  case malformedArguments(text: String, item: String, reason: String)
  case noBaseModel(source: String)
  case baseNotFound(source: String, reference: String, looked: [String])
  case baseIsAdapter(source: String, base: String)
  case freshOverAdapter(directory: String)
  case noWeights(directory: String)
  case noDefaultTargets(source: String, architecture: String)
  case noTarget(source: String, targets: String, modules: [String])
  case notLinear(source: String, module: String)
  /// `key` is the setting by which the module is the adapter's.
  case missing(file: String, tensor: String, module: String, key: String)
  case wrongShape(file: String, tensor: String, found: [Int], expected: [Int])
  case unusedWeights(file: String, tensors: [String], modules: [String])

  package var description: String {
    switch self {
    case .unsupported(let source, let key, let value, let supported):
      "\(key) of '\(source)' is \(value), which is not supported; supported: \(supported)"
    case .unknownSetting(let source, let key, let known):
      "'\(source)' has no setting '\(key)'; it has \(known.joined(separator: ", "))"
    case .badPattern(let source, let key, let pattern, let reason):
      "\(key) of '\(source)' is '\(pattern)', which cannot be used as a regular expression: \(reason)"
    case .malformedArguments(let text, let item, let reason):
      "--peft_init_kwargs '\(text)': '\(item)' \(reason); write name=value,name=value, with | between items of a list"
    case .noBaseModel(let source):
      "'\(source)' does not say which model the adapter is for; add base_model_name_or_path"
    case .baseNotFound(let source, let reference, let looked):
      "'\(source)' names the base model '\(reference)', and there is nothing at "
        + "\(looked.map { "'\($0)'" }.joined(separator: " or ")); correct base_model_name_or_path"
    case .baseIsAdapter(let source, let base):
      "'\(source)' names the base model '\(base)', which is an adapter itself; merge that one into its base first"
    case .freshOverAdapter(let directory):
      "--peft_init_kwargs makes a new adapter, and the model '\(directory)' is one already; give one of the two"
    case .noWeights(let directory):
      "'\(directory)' has an adapter_config.json, but neither adapter_model.safetensors nor adapter_model.bin"
    case .noDefaultTargets(let source, let architecture):
      "'\(source)' has no target_modules, and PEFT has no default for '\(architecture)'; name modules, or all-linear"
    case .noTarget(let source, let targets, let modules):
      "the target_modules of '\(source)' (\(targets)) are none of the model's linear modules: \(Self.list(modules))"
    case .notLinear(let source, let module):
      "'\(source)' adapts '\(module)', and only the linear modules of layers can be adapted here; leave it out of "
        + "target_modules"
    case .missing(let file, let tensor, let module, let key):
      "'\(file)' has no tensor '\(tensor)', while \(key) of adapter_config.json has '\(module)'; is the adapter for this "
        + "base model?"
    case .wrongShape(let file, let tensor, let found, let expected):
      "tensor '\(tensor)' of '\(file)' has shape \(found), expected \(expected); is the adapter for this base model?"
    case .unusedWeights(let file, let tensors, let modules):
      "'\(file)' has \(Self.list(tensors)), which target_modules of adapter_config.json does not put on any linear module "
        + "of the base model: \(Self.list(modules))"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ... (\(names.count) in all)" : "")
  }
}
