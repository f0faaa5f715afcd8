import Foundation

/// GPT-2 (Radford et al. 2019): learned positions, normalisation before attention and MLP, biases everywhere, tied head.
/// The checkpoint stores weights [inputs, outputs]; here, and in gradients, they are [outputs, inputs].
package enum GPT2 {
  package struct Configuration: Sendable, Equatable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var intermediateSize: Int
    package var layerCount: Int
    package var headCount: Int
    package var maximumPositions: Int
    package var layerNormEpsilon: Double
    package var activation: Activation
    package var tiedEmbeddings: Bool
  }

  /// Takes the weights under `transformer`, or those of a base model saved alone, which have no prefix.
  static func make(_ file: ModelConfiguration, _ weights: ModelWeights) throws -> any CausalLM {
    let c = try Configuration(file)
    let hidden = c.hiddenSize
    let root = ParameterReader(weights)
    let base = root.base("transformer", isSavedAlone: root.contains("wte.weight"))
    let embedding = try base.tokenEmbedding(
      "wte.weight", [c.vocabularySize, hidden], positions: ("wpe.weight", [c.maximumPositions, hidden]))
    let heads = GroupedQueryAttention(
      headSize: hidden / c.headCount, headCount: c.headCount, keyValueHeadCount: c.headCount,
      rotary: nil)
    let blocks = try (0..<c.layerCount).map { index in
      let layer = base.at("h", index)
      func norm(_ name: String) throws -> LayerNorm { try layer.layerNorm(name, hidden, epsilon: c.layerNormEpsilon) }
      func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws -> ModuleLinear {
        try layer.linear(name, outputs: outputs, inputs: inputs, bias: true, transposed: true)
      }
      return try layer.block(
        attention: ResidualBranch(
          inputNorm: norm("ln_1"),
          SelfAttention(
            input: HeadProjection(fused: linear("attn.c_attn", 3 * hidden, hidden), .byKind), heads: heads,
            output: linear("attn.c_proj", hidden, hidden))),
        mlp: ResidualBranch(
          inputNorm: norm("ln_2"),
          PlainMLP(
            up: linear("mlp.c_fc", c.intermediateSize, hidden), down: linear("mlp.c_proj", hidden, c.intermediateSize),
            activation: c.activation)))
    }
    return try DecoderStack(
      embedding: embedding, blocks: blocks, finalNorm: base.layerNorm("ln_f", hidden, epsilon: c.layerNormEpsilon),
      head: root.head("lm_head", tiedTo: c.tiedEmbeddings ? embedding : nil, [c.vocabularySize, hidden]),
      maximumLength: c.maximumPositions, reader: root)
  }
}

extension GPT2.Configuration {
  package init(_ file: ModelConfiguration) throws {
    vocabularySize = try file.integer("vocab_size")
    hiddenSize = try file.integer("n_embd")
    intermediateSize = try file.integer("n_inner", default: 4 * hiddenSize)
    layerCount = try file.integer("n_layer")
    headCount = try file.integer("n_head")
    maximumPositions = try file.integer("n_positions")
    layerNormEpsilon = try file.number("layer_norm_epsilon", in: 0...1, default: 1e-5)
    tiedEmbeddings = try file.bool("tie_word_embeddings", default: true)
    activation = try file.activation("activation_function", default: .geluNew)
    for (key, supported) in [
      ("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false), ("add_cross_attention", false),
    ] where try file.bool(key, default: supported) != supported {
      throw file.unsupported(key, "\(!supported)", supported: "\(supported)")
    }
    guard hiddenSize % headCount == 0 else {
      throw file.unsupported("n_embd", "\(hiddenSize)", supported: "a multiple of n_head \(headCount)")
    }
  }
}
