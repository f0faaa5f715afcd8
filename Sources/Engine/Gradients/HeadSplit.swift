/// `--split_attention_modules`: which modules' gradients are one block per attention head.
enum HeadSplit {
  /// Outputs of one head, by module name.
  ///
  /// A number of heads or a size that is not given follows from the other and the module's outputs, which need not be the
  /// same for all: with grouped queries keys have fewer heads than queries.
  ///
  /// - Throws: `HeadSplitError`.
  static func headSizes(_ configuration: IndexConfig, of modules: [ModuleDescription]) throws -> [String: Int] {
    var sizes: [String: Int] = [:]
    for name in configuration.splitAttentionModules {
      guard let module = modules.first(where: { $0.name == name }) else {
        throw ModuleSelectionError.unknownModule(name, known: modules.map(\.name))
      }
      let attention = configuration.attention
      let size = attention.headSize > 0 ? attention.headSize : module.outputs / max(attention.numHeads, 1)
      let heads = attention.numHeads > 0 ? attention.numHeads : module.outputs / max(size, 1)
      guard size > 0, heads.multipliedReportingOverflow(by: size) == (module.outputs, false) else {
        throw HeadSplitError.doesNotCover(
          module: name, outputs: module.outputs, heads: attention.numHeads, size: attention.headSize)
      }
      sizes[name] = size
    }
    return sizes
  }
}

package enum HeadSplitError: Error, Equatable, CustomStringConvertible {
  /// 0 for what was not given.
  case doesNotCover(module: String, outputs: Int, heads: Int, size: Int)

  package var description: String {
    switch self {
    case .doesNotCover(let module, let outputs, let heads, let size):
      "the \(outputs) outputs of '\(module)' are not "
        + (heads > 0 && size > 0
          ? "\(heads) heads of \(size)" : heads > 0 ? "\(heads) heads of one size" : "heads of \(size)")
        + "; --attention.num_heads times --attention.head_size must be \(outputs)"
    }
  }
}
