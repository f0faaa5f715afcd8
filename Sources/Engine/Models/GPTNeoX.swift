import Foundation

/// GPT-NeoX (Black et al. 2022), the architecture of Pythia: rotary embeddings on part of each head, attention and MLP
/// side by side on the same residual (or one after the other), biases everywhere, untied head.
package enum GPTNeoX {
  package struct Configuration: Sendable, Equatable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var intermediateSize: Int
    package var layerCount: Int
    package var headCount: Int
    package var maximumPositions: Int
    package var layerNormEpsilon: Double
    package var rotaryFraction: Double
    package var rotaryBase: Double
    package var activation: Activation
    package var parallelResidual: Bool
    package var attentionBias: Bool
    package var tiedEmbeddings: Bool

    var headSize: Int { hiddenSize / headCount }
    var rotaryDimensions: Int { Int(Double(headSize) * rotaryFraction) }
  }

  /// Takes the weights under `gpt_neox` and `embed_out` of a checkpoint.
  static func make(_ file: ModelConfiguration, _ weights: ModelWeights) throws -> any CausalLM {
    let c = try Configuration(file)
    let hidden = c.hiddenSize
    let root = ParameterReader(weights)
    let base = root.base("gpt_neox")
    let embedding = try base.tokenEmbedding("embed_in.weight", [c.vocabularySize, hidden])
    let heads = GroupedQueryAttention(
      headSize: c.headSize, headCount: c.headCount, keyValueHeadCount: c.headCount,
      rotary: RotaryEmbedding(dimensions: c.rotaryDimensions, base: c.rotaryBase, positions: c.maximumPositions))
    let blocks = try (0..<c.layerCount).map { index in
      let layer = base.at("layers", index)
      func norm(_ name: String) throws -> LayerNorm { try layer.layerNorm(name, hidden, epsilon: c.layerNormEpsilon) }
      func linear(_ name: String, _ outputs: Int, _ inputs: Int, bias: Bool = true) throws -> ModuleLinear {
        try layer.linear(name, outputs: outputs, inputs: inputs, bias: bias)
      }
      // torch's module has both norms before what they are for.
      let (attentionNorm, mlpNorm) = try (norm("input_layernorm"), norm("post_attention_layernorm"))
      return try layer.block(
        attention: ResidualBranch(
          inputNorm: attentionNorm,
          SelfAttention(
            input: HeadProjection(
              fused: linear("attention.query_key_value", 3 * hidden, hidden, bias: c.attentionBias), .byHead),
            heads: heads, output: linear("attention.dense", hidden, hidden, bias: c.attentionBias))),
        mlp: ResidualBranch(
          inputNorm: mlpNorm,
          PlainMLP(
            up: linear("mlp.dense_h_to_4h", c.intermediateSize, hidden),
            down: linear("mlp.dense_4h_to_h", hidden, c.intermediateSize), activation: c.activation)),
        isParallel: c.parallelResidual)
    }
    return try DecoderStack(
      embedding: embedding, blocks: blocks,
      finalNorm: base.layerNorm("final_layer_norm", hidden, epsilon: c.layerNormEpsilon),
      head: root.head("embed_out", tiedTo: c.tiedEmbeddings ? embedding : nil, [c.vocabularySize, hidden]),
      maximumLength: c.maximumPositions, reader: root)
  }
}
