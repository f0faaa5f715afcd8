/// OLMo 2 (OLMo et al. 2024): Llama with norms after attention and MLP instead of before, and queries and keys
/// normalised across all heads.
enum Olmo2: GatedArchitecture {
  static func configuration(_ file: ModelConfiguration) throws -> GatedDecoder.Configuration {
    var configuration = try GatedDecoder.Configuration(file, defaults: .init(normEpsilon: 1e-5))
    configuration.queryKeyValueBias = try file.bool("attention_bias", default: false)
    configuration.outputBias = configuration.queryKeyValueBias
    configuration.queryKeyNorms = .acrossHeads
    configuration.norms = .init(
      attentionOutput: "post_attention_layernorm", mlpOutput: "post_feedforward_layernorm")
    return configuration
  }
}
