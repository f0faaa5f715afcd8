/// Llama (Touvron et al. 2023), and what calls itself so: SmolLM, TinyLlama and others.
enum Llama: GatedArchitecture {
  static func configuration(_ file: ModelConfiguration) throws -> GatedDecoder.Configuration {
    var configuration = try GatedDecoder.Configuration(file)
    configuration.queryKeyValueBias = try file.bool("attention_bias", default: false)
    configuration.outputBias = configuration.queryKeyValueBias
    configuration.mlpBias = try file.bool("mlp_bias", default: false)
    return configuration
  }
}
