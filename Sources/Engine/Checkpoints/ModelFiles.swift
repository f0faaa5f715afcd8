/// Which files of a repository a model is made of.
package enum ModelFiles {
  private static let settings: Set = [
    "config.json", "generation_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt",
    "merges.txt", "chat_template.jinja", ModelPlace.configurationName,
  ]

  /// Configuration and tokenizer: small files, wanted whatever the weights are.
  package static func tokenizer(_ files: RepositoryFiles) -> [String] {
    files.names.filter { name in
      settings.contains(name) || (name.hasPrefix("tokenizer") && !name.contains("/"))
    }
  }

  /// Those and the weights: an adapter's, where the repository has one, as the Python tool does; safetensors where there
  /// are any, one file before shards as `WeightStore` reads them, and otherwise the pickles that older repositories have,
  /// or the one GGUF file that is a whole model.
  ///
  /// - Throws: `RepositoryError.noWeights`, `.severalModels`; `WeightError` for an index of shards that is none.
  package static func model(_ files: RepositoryFiles) throws -> [String] {
    let names = Set(files.names)
    if names.contains(ModelPlace.configurationName) {
      guard let weights = LoRAAdapter.weightNames.first(where: names.contains) else {
        throw RepositoryError.noWeights(files: files.names)
      }
      return tokenizer(files) + [weights]
    }
    for stem in ["model.safetensors", "pytorch_model.bin"] {
      if names.contains(stem) { return tokenizer(files) + [stem] }
      let index = stem + ".index.json"
      if names.contains(index) { return try tokenizer(files) + [index] + ShardIndex(files.fetch(index)).shards }
    }
    let models = files.names.filter { !$0.contains("/") && $0.hasSuffix("." + GGUFModel.pathExtension) }
    if models.count > 1 { throw RepositoryError.severalModels(files: models) }
    if models.isEmpty { throw RepositoryError.noWeights(files: files.names) }
    return models
  }
}
