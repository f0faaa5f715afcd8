import Foundation

/// The decoder that the Llama family shares (Touvron et al. 2023): RMSNorm before attention and before a gated MLP,
/// rotary embeddings, grouped queries. What its members choose is in `Configuration`.
package enum GatedDecoder {
  /// Takes the weights under `model` and `lm_head` of a checkpoint.
  package static func make(_ c: Configuration, _ weights: ModelWeights) throws -> any CausalLM {
    let hidden = c.hiddenSize
    let root = ParameterReader(weights)
    let base = root.base("model")
    let embedding = TokenEmbedding(tokens: try base.storage("embed_tokens.weight", [c.vocabularySize, hidden]))
    let rotary = RotaryEmbedding(
      frequencies: c.rotaryScaling.frequencies(dimensions: c.headSize, base: c.rotaryBase),
      positions: c.maximumPositions)
    let blocks = try (0..<c.layerCount).map { index in
      let layer = base.at("layers", index)
      func norm(_ name: String) throws -> RMSNorm { try layer.rmsNorm(name, hidden, epsilon: c.normEpsilon) }
      return try layer.block(
        attention: ResidualBranch(inputNorm: norm("input_layernorm"), attention(c, layer, index, rotary)),
        mlp: ResidualBranch(inputNorm: norm("post_attention_layernorm"), mlp(c, layer)))
    }
    return try DecoderStack(
      embedding: embedding, blocks: blocks, finalNorm: base.rmsNorm("norm", hidden, epsilon: c.normEpsilon),
      head: root.head("lm_head", tiedTo: c.tiedEmbeddings ? embedding : nil, [c.vocabularySize, hidden]),
      maximumLength: c.maximumPositions, reader: root)
  }

  private static func attention(
    _ c: Configuration, _ layer: ParameterReader, _ index: Int, _ rotary: RotaryEmbedding
  ) throws -> SelfAttention {
    let (queries, keys) = (c.headCount * c.headSize, c.keyValueHeadCount * c.headSize)
    func linear(_ name: String, _ outputs: Int) throws -> ModuleLinear {
      try layer.linear("self_attn.\(name)", outputs: outputs, inputs: c.hiddenSize, bias: c.queryKeyValueBias)
    }
    func headNorm(_ name: String) throws -> RMSNorm? {
      c.queryKeyNorms ? try layer.rmsNorm("self_attn.\(name)", c.headSize, epsilon: c.normEpsilon) : nil
    }
    return try SelfAttention(
      input: HeadProjection(
        query: NormedLinear(linear("q_proj", queries), norm: headNorm("q_norm")),
        key: NormedLinear(linear("k_proj", keys), norm: headNorm("k_norm")), value: linear("v_proj", keys)),
      heads: GroupedQueryAttention(
        headSize: c.headSize, headCount: c.headCount, keyValueHeadCount: c.keyValueHeadCount, rotary: rotary,
        window: c.windows[index]),
      output: layer.linear("self_attn.o_proj", outputs: c.hiddenSize, inputs: queries, bias: c.outputBias))
  }

  private static func mlp(_ c: Configuration, _ layer: ParameterReader) throws -> GatedMLP {
    func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws -> ModuleLinear {
      try layer.linear("mlp.\(name)", outputs: outputs, inputs: inputs, bias: c.mlpBias)
    }
    return try GatedMLP(
      gate: linear("gate_proj", c.intermediateSize, c.hiddenSize),
      up: linear("up_proj", c.intermediateSize, c.hiddenSize),
      down: linear("down_proj", c.hiddenSize, c.intermediateSize), activation: c.activation)
  }
}
