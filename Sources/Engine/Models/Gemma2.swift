/// Gemma 2 (Gemma Team 2024): norms before and after attention and MLP, attention that slides in every other layer,
/// scores and logits that bend towards a limit, embeddings scaled by the root of their size.
enum Gemma2: GatedArchitecture {
  static func configuration(_ file: ModelConfiguration) throws -> GatedDecoder.Configuration {
    var configuration = try GatedDecoder.Configuration(
      file,
      defaults: .init(
        keyValueHeadCount: 4, headSize: 256, tiedEmbeddings: true, activationKey: "hidden_activation",
        activation: .geluTanh))
    configuration.queryKeyValueBias = try file.bool("attention_bias", default: false)
    configuration.outputBias = configuration.queryKeyValueBias
    configuration.norms = .init(
      attentionInput: "input_layernorm", attentionOutput: "post_attention_layernorm",
      mlpInput: "pre_feedforward_layernorm", mlpOutput: "post_feedforward_layernorm")
    configuration.normOffset = 1
    configuration.embeddingScale = Float(Double(configuration.hiddenSize).squareRoot())
    configuration.scoreDivisor = try file.number("query_pre_attn_scalar", in: 1e-6...1e6, default: 256)
    configuration.scoreCap = try file.softCap("attn_logit_softcapping", default: 50)
    configuration.logitCap = try file.softCap("final_logit_softcapping", default: 30)
    configuration.windows = try file.windows(
      file.slidingWindow(default: 4096), layers: configuration.layerCount, slides: { $0 % 2 == 0 })
    guard try !file.bool("use_bidirectional_attention", default: false) else {
      throw file.unsupported("use_bidirectional_attention", "true", supported: "false")
    }
    return configuration
  }
}

extension ModelConfiguration {
  /// None where the file says null.
  fileprivate func softCap(_ key: String, default limit: Double) throws -> SoftCap? {
    isNull(key) ? nil : SoftCap(limit: Float(try number(key, in: 1e-6...1e6, default: limit)))
  }
}
