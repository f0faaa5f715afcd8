import Foundation

extension GPTNeoX.Configuration {
  /// Reads config.json in the spelling of today (`rope_parameters`) and in the older one (`rotary_pct`,
  /// `rotary_emb_base` or `rope_theta`, `rope_scaling` at the top).
  package init(_ file: ModelConfiguration) throws {
    vocabularySize = try file.integer("vocab_size")
    hiddenSize = try file.integer("hidden_size")
    intermediateSize = try file.integer("intermediate_size")
    layerCount = try file.integer("num_hidden_layers")
    headCount = try file.integer("num_attention_heads")
    maximumPositions = try file.integer("max_position_embeddings")
    layerNormEpsilon = try file.number("layer_norm_eps", in: 0...1, default: 1e-5)
    let rope = try file.nested("rope_parameters")
    rotaryFraction =
      try rope?.optionalNumber("partial_rotary_factor", in: 0...1)
      ?? file.optionalNumber("partial_rotary_factor", in: 0...1) ?? file.number("rotary_pct", in: 0...1, default: 0.25)
    rotaryBase =
      try rope?.optionalNumber("rope_theta", in: 1...1e12) ?? file.optionalNumber("rotary_emb_base", in: 1...1e12)
      ?? file.number("rope_theta", in: 1...1e12, default: 10_000)
    let scaling = try file.nested("rope_scaling")
    let kind =
      try rope?.optionalString("rope_type") ?? scaling?.optionalString("rope_type") ?? scaling?.string("type")
      ?? "default"
    guard kind == "default" else {
      throw file.unsupported("rope_type", kind, supported: "default")
    }
    activation = try file.activation("hidden_act", default: .gelu)
    parallelResidual = try file.bool("use_parallel_residual", default: true)
    attentionBias = try file.bool("attention_bias", default: true)
    tiedEmbeddings = try file.bool("tie_word_embeddings", default: false)
    guard hiddenSize % headCount == 0, rotaryDimensions % 2 == 0 else {
      throw file.unsupported(
        "hidden_size", "\(hiddenSize) with \(headCount) heads",
        supported: "a multiple of num_attention_heads with an even number of rotary dimensions")
    }
  }
}
