/// What llama.cpp calls an architecture, and how Hugging Face calls and lays out the same. A new one is a row of `known`.
///
/// Names: gguf/tensor_mapping.py. Layouts: what convert_hf_to_gguf.py does to weights, undone by `GGUFLayout`.
struct GGUFArchitecture: Sendable {
  /// Where tensors stand in a checkpoint of Hugging Face's. Keys are llama.cpp's names without `.weight` or `.bias`.
  struct Names: Sendable {
    let outer: [String: String]
    let layers: String
    let layer: [String: String]
  }

  let names: Names
  /// Of tensors that llama.cpp has otherwise than Hugging Face, by the name within a layer.
  let layouts: [String: GGUFLayout.Kind]
  /// The settings as config.json spells them.
  let configuration: @Sendable (GGUFSettings) throws -> JSONObject

  static let known: [String: GGUFArchitecture] = [
    "gpt2": .init(
      names: .gpt2,
      layouts: [
        "attn_qkv": .transposed, "attn_output": .transposed, "ffn_up": .transposed, "ffn_down": .transposed,
      ], configuration: { try $0.gpt2() }),
    "gptneox": .init(names: .gptNeoX, layouts: ["attn_qkv": .headsTogether], configuration: { try $0.gptNeoX() }),
    "gemma2": .init(
      names: .gemma2,
      layouts: [
        "attn_norm": .plusOne, "post_attention_norm": .plusOne, "ffn_norm": .plusOne, "post_ffw_norm": .plusOne,
        "output_norm": .plusOne,
      ], configuration: { try $0.gemma2() }),
    "llama": .init(
      names: .llama, layouts: ["attn_q": .queryPairs, "attn_k": .keyPairs], configuration: { try $0.llama() }),
    "olmo2": .init(names: .olmo2, layouts: [:], configuration: { try $0.decoder("olmo2") }),
    "phi3": .init(names: .phi3, layouts: [:], configuration: { try $0.phi3() }),
    "qwen2": .init(names: .llama, layouts: [:], configuration: { try $0.decoder("qwen2") }),
    "qwen3": .init(names: .qwen3, layouts: [:], configuration: { try $0.decoder("qwen3") }),
  ]

  /// - Throws: `GGUFError.unknownArchitecture`, or what is wrong with the key.
  static func named(in metadata: GGUFMetadata) throws -> (name: String, architecture: GGUFArchitecture) {
    let name = try metadata.required("general.architecture", metadata.string)
    guard let architecture = known[name] else {
      throw GGUFError.unknownArchitecture(file: metadata.file, name: name, known: known.keys.sorted())
    }
    return (name, architecture)
  }

  /// A tensor's name in a checkpoint of Hugging Face's and its name within a layer; nil where it has no place there.
  func place(_ tensor: String) -> (name: String, leaf: String)? {
    let parts = tensor.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let suffix = parts.last, suffix == "weight" || suffix == "bias" else { return nil }
    switch parts.count {
    case 2: return names.outer[parts[0]].map { ("\($0).\(suffix)", parts[0]) }
    case 4 where parts[0] == "blk" && parts[1].allSatisfy(\.isWholeNumber):
      return names.layer[parts[2]].map { ("\(names.layers).\(parts[1]).\($0).\(suffix)", parts[2]) }
    default: return nil
    }
  }
}

extension GGUFArchitecture.Names {
  fileprivate static let gpt2 = Self(
    outer: [
      "token_embd": "transformer.wte", "position_embd": "transformer.wpe", "output_norm": "transformer.ln_f",
      "output": "lm_head",
    ], layers: "transformer.h",
    layer: [
      "attn_norm": "ln_1", "attn_qkv": "attn.c_attn", "attn_output": "attn.c_proj", "ffn_norm": "ln_2",
      "ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj",
    ])

  fileprivate static let gptNeoX = Self(
    outer: [
      "token_embd": "gpt_neox.embed_in", "output_norm": "gpt_neox.final_layer_norm", "output": "embed_out",
    ], layers: "gpt_neox.layers",
    layer: [
      "attn_norm": "input_layernorm", "attn_qkv": "attention.query_key_value", "attn_output": "attention.dense",
      "ffn_norm": "post_attention_layernorm", "ffn_up": "mlp.dense_h_to_4h", "ffn_down": "mlp.dense_4h_to_h",
    ])

  fileprivate static let llama = decoder([
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
  ])

  fileprivate static let qwen3 = decoder(
    llama.layer.merging(["attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm"]) { own, _ in own })

  fileprivate static let gemma2 = decoder(
    llama.layer.merging([
      "post_attention_norm": "post_attention_layernorm", "ffn_norm": "pre_feedforward_layernorm",
      "post_ffw_norm": "post_feedforward_layernorm",
    ]) { _, own in own })

  fileprivate static let olmo2 = decoder(
    qwen3.layer.filter { $0.key != "attn_norm" && $0.key != "ffn_norm" }.merging([
      "post_attention_norm": "post_attention_layernorm", "post_ffw_norm": "post_feedforward_layernorm",
    ]) { own, _ in own })

  fileprivate static let phi3 = decoder([
    "attn_norm": "input_layernorm", "attn_qkv": "self_attn.qkv_proj", "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm", "ffn_up": "mlp.gate_up_proj", "ffn_down": "mlp.down_proj",
  ])

  /// The outer names that the decoders after Llama share. Rotary factors are no weights of Hugging Face's and keep
  /// their names: `GGUFSettings` reads them.
  private static func decoder(_ layer: [String: String]) -> Self {
    Self(
      outer: [
        "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
        "rope_freqs": "rope_freqs", "rope_factors_short": "rope_factors_short",
        "rope_factors_long": "rope_factors_long",
      ], layers: "model.layers", layer: layer)
  }
}
