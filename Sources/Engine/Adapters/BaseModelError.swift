/// Why the loss of a model cannot be its divergence from what it was before (`--loss_fn kl`).
package enum BaseModelError: Error, Equatable, CustomStringConvertible {
  case noAdapter(model: String)
  case replacedModules(model: String, modules: [String])

  package var description: String {
    switch self {
    case .noAdapter(let model):
      "--loss_fn kl is the divergence of an adapted model from its base model, and '\(model)' has no adapter; name one as "
        + "--model, or make a fresh one by --peft_init_kwargs"
    case .replacedModules(let model, let modules):
      "the adapter '\(model)' replaces \(modules.joined(separator: ", ")) whole (modules_to_save), and --loss_fn kl "
        + "compares with the base model by leaving out matrices alone"
    }
  }
}

extension LoadedModel {
  /// - Throws: `BaseModelError` where leaving out an adapter's matrices does not give the base model.
  func checkHasBase(_ name: String) throws {
    guard let adapter else { throw BaseModelError.noAdapter(model: name) }
    guard adapter.savedModules.isEmpty else {
      throw BaseModelError.replacedModules(model: name, modules: adapter.savedModules)
    }
  }
}
