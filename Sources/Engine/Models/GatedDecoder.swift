/// A member of the family: it reads its config.json.
protocol GatedArchitecture: SendableMetatype {
  /// - Throws: `ModelError.unsupported` and `ModelConfigurationError`, by the name of the key.
  static func configuration(_ file: ModelConfiguration) throws -> GatedDecoder.Configuration
}

extension GatedArchitecture {
  static func make(_ file: ModelConfiguration, _ weights: ModelWeights) throws -> any CausalLM {
    try GatedDecoder.make(configuration(file), weights)
  }
}

/// The decoder that the Llama family shares (Touvron et al. 2023): RMSNorm, a gated MLP, rotary embeddings, grouped
/// queries. What its members choose is in `Configuration`.
package enum GatedDecoder {
  /// Takes the weights under `model` and `lm_head` of a checkpoint.
  package static func make(_ c: Configuration, _ weights: ModelWeights) throws -> any CausalLM {
    let root = ParameterReader(weights)
    let base = root.base("model")
    let shape = [c.vocabularySize, c.hiddenSize]
    let embedding = try base.tokenEmbedding(
      "embed_tokens.weight", shape, scale: c.embeddingScale.map(weights.precision.rounded))
    let rotary = RotaryEmbedding(c.rotary.frequencies, positions: c.maximumPositions)
    let blocks = try (0..<c.layerCount).map { index in
      try block(c, base.at("layers", index), rotary, window: c.windows[index])
    }
    return try DecoderStack(
      embedding: embedding, blocks: blocks, finalNorm: norm("norm", c.hiddenSize, c, base),
      head: root.head("lm_head", tiedTo: c.tiedEmbeddings ? embedding : nil, shape, softCap: c.logitCap),
      maximumLength: c.maximumPositions, reader: root)
  }

  private static func block(
    _ c: Configuration, _ layer: ParameterReader, _ rotary: RotaryEmbedding, window: Int?
  ) throws -> DecoderBlock<RMSNorm, GatedMLP> {
    func own(_ name: String?) throws -> RMSNorm? { try name.map { try norm($0, c.hiddenSize, c, layer) } }
    let attention = try attention(c, layer, rotary, window: window)
    let mlp = try mlp(c, layer)
    return try layer.block(
      attention: ResidualBranch(
        inputNorm: own(c.norms.attentionInput), attention, outputNorm: own(c.norms.attentionOutput)),
      mlp: ResidualBranch(inputNorm: own(c.norms.mlpInput), mlp, outputNorm: own(c.norms.mlpOutput)))
  }

  private static func attention(
    _ c: Configuration, _ layer: ParameterReader, _ rotary: RotaryEmbedding, window: Int?
  ) throws -> SelfAttention {
    let scale = 1 / Float(c.scoreDivisor ?? Double(c.headSize)).squareRoot()
    let heads = GroupedQueryAttention(
      headSize: c.headSize, headCount: c.headCount, keyValueHeadCount: c.keyValueHeadCount, rotary: rotary,
      attention: CausalAttention(scale: scale, window: window, softCap: c.scoreCap))
    let (queries, keys) = (c.headCount * c.headSize, c.keyValueHeadCount * c.headSize)
    func linear(_ name: String, _ outputs: Int) throws -> ModuleLinear {
      try layer.linear("self_attn.\(name)", outputs: outputs, inputs: c.hiddenSize, bias: c.queryKeyValueBias)
    }
    func output() throws -> ModuleLinear {
      try layer.linear("self_attn.o_proj", outputs: c.hiddenSize, inputs: queries, bias: c.outputBias)
    }
    func headNorm(_ name: String, _ columns: Int) throws -> RMSNorm? {
      switch c.queryKeyNorms {
      case .none: nil
      case .perHead: try norm("self_attn.\(name)", c.headSize, c, layer)
      case .acrossHeads: try norm("self_attn.\(name)", columns, c, layer)
      }
    }
    switch c.projections {
    case .separate:
      let (query, key, value) = try (linear("q_proj", queries), linear("k_proj", keys), linear("v_proj", keys))
      let output = try output()
      // Behind `o_proj` in torch's module.
      let input = try HeadProjection(
        query: NormedLinear(query, norm: headNorm("q_norm", queries)),
        key: NormedLinear(key, norm: headNorm("k_norm", keys)), value: value)
      return SelfAttention(input: input, heads: heads, output: output)
    case .fused:
      precondition(c.queryKeyNorms == .none, "norms are of separate projections")
      // `o_proj` is the first module there.
      let output = try output()
      let fused = try linear("qkv_proj", queries + 2 * keys)
      return SelfAttention(input: HeadProjection(fused: fused, .byKind), heads: heads, output: output)
    }
  }

  private static func mlp(_ c: Configuration, _ layer: ParameterReader) throws -> GatedMLP {
    func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws -> ModuleLinear {
      try layer.linear("mlp.\(name)", outputs: outputs, inputs: inputs, bias: c.mlpBias)
    }
    let (hidden, inner) = (c.hiddenSize, c.intermediateSize)
    let input: GatedMLP.Input =
      switch c.projections {
      case .separate:
        .separate(gate: try linear("gate_proj", inner, hidden), up: try linear("up_proj", inner, hidden))
      case .fused: .fused(try linear("gate_up_proj", 2 * inner, hidden))
      }
    return GatedMLP(input: input, down: try linear("down_proj", hidden, inner), activation: c.activation)
  }

  private static func norm(
    _ name: String, _ size: Int, _ c: Configuration, _ reader: ParameterReader
  ) throws -> RMSNorm {
    try reader.rmsNorm(name, size, epsilon: c.normEpsilon, offset: c.normOffset)
  }
}
