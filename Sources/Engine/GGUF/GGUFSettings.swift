import Foundation

/// The metadata of one architecture, and what config.json would say of it.
///
/// Keys: gguf/constants.py. What a file leaves out is what llama.cpp assumes then; what it says and the models of this
/// program do not have is an error.
struct GGUFSettings {
  /// llama.cpp's name, the prefix of the keys.
  let architecture: String
  let header: GGUFHeader

  var metadata: GGUFMetadata { header.metadata }
  var file: String { metadata.file }

  func key(_ name: String) -> String { "\(architecture).\(name)" }

  func integer(_ name: String) throws -> Int {
    try metadata.required(key(name)) { try metadata.integer($0) }
  }

  private func optionalInteger(_ name: String) throws -> Int? {
    try metadata.integer(key(name), in: 0...Int(Int32.max))
  }

  func optionalNumber(_ name: String) throws -> Double? { try metadata.number(key(name)) }

  func unsupported(_ name: String, _ found: String, expected: String) -> GGUFError {
    .outOfRange(file: file, key: key(name), found: found, expected: expected)
  }

  private var heads: Int { get throws { try integer("attention.head_count") } }

  private var keyValueHeads: Int {
    get throws {
      let name = key("attention.head_count_kv")
      return try metadata.integer(name) ?? heads
    }
  }

  /// Positions that a query sees; nil for all before it.
  private var window: Int? {
    get throws { try optionalInteger("attention.sliding_window").flatMap { $0 > 0 ? $0 : nil } }
  }

  private func has(_ tensor: String) -> Bool { header.tensors[tensor] != nil }

  /// How a tensor lies, with the number of heads.
  func layout(_ kind: GGUFLayout.Kind?, of tensor: GGUFHeader.Tensor) throws -> GGUFLayout {
    switch kind {
    case nil: .same
    case .transposed: tensor.shape.count == 2 ? .transposed : .same
    case .queryPairs: .pairs(heads: try heads)
    case .keyPairs: .pairs(heads: try keyValueHeads)
    case .headsTogether: .headsTogether(heads: try heads)
    case .plusOne: .plusOne
    }
  }

  // MARK: Architectures

  func llama() throws -> JSONObject {
    // Mistral's models call themselves llama here; what sets them apart is the window.
    guard let window = try window else { return try decoder("llama") }
    return try decoder("mistral", ["sliding_window": .integer(window)])
  }

  /// The settings that the decoders after Llama share, with an architecture's own.
  func decoder(_ modelType: String, _ own: JSONObject = [:]) throws -> JSONObject {
    try refuseForeignTerms()
    let (width, heads) = (try integer("embedding_length"), try heads)
    let headSize = try metadata.integer(key("attention.key_length")) ?? max(width / heads, 1)
    let valueSize = try metadata.integer(key("attention.value_length")) ?? headSize
    guard valueSize == headSize else {
      throw unsupported("attention.value_length", "\(valueSize)", expected: "attention.key_length \(headSize)")
    }
    let rotary = try metadata.integer(key("rope.dimension_count")) ?? headSize
    let common: JSONObject = [
      "hidden_size": .integer(width), "intermediate_size": .integer(try integer("feed_forward_length")),
      "num_hidden_layers": .integer(try integer("block_count")), "num_attention_heads": .integer(heads),
      "num_key_value_heads": .integer(try keyValueHeads), "head_dim": .integer(headSize),
      "max_position_embeddings": .integer(try integer("context_length")),
      "rms_norm_eps": .number(
        try metadata.required(key("attention.layer_norm_rms_epsilon")) { try metadata.number($0) }),
      "rope_theta": .number(try rotaryBase), "partial_rotary_factor": .number(Double(rotary) / Double(headSize)),
      "attention_bias": .bool(has("blk.0.attn_q.bias")), "mlp_bias": .bool(has("blk.0.ffn_up.bias")),
    ]
    return try model(modelType, tied: !has("output.weight"))
      .overriding(common).appending("rope_scaling", rotaryScaling(dimensions: rotary).map(JSONValue.object))
      .overriding(own)
  }

  func gemma2() throws -> JSONObject {
    let heads = try heads
    let width = try integer("embedding_length")
    let headSize = try metadata.integer(key("attention.key_length")) ?? max(width / heads, 1)
    // No key says it; llama.cpp knows the largest of the family by its depth.
    let scalar = try integer("block_count") == 46 ? width / heads : headSize
    let own: JSONObject = [
      "hidden_activation": .string("gelu_pytorch_tanh"), "query_pre_attn_scalar": .integer(scalar),
      "attn_logit_softcapping": .number(try optionalNumber("attn_logit_softcapping") ?? 50),
      "final_logit_softcapping": .number(try optionalNumber("final_logit_softcapping") ?? 30),
    ]
    return try decoder("gemma2", own.appending("sliding_window", window.map(JSONValue.integer)))
  }

  func phi3() throws -> JSONObject {
    let original = try metadata.integer(key("rope.scaling.original_context_length"))
    let own: JSONObject = ["sliding_window": try window.map(JSONValue.integer) ?? .null]
    return try decoder(
      "phi3", own.appending("original_max_position_embeddings", original.map(JSONValue.integer)))
  }

  func gpt2() throws -> JSONObject {
    try model("gpt2", tied: !has("output.weight")).overriding([
      "n_embd": .integer(try integer("embedding_length")), "n_inner": .integer(try integer("feed_forward_length")),
      "n_layer": .integer(try integer("block_count")), "n_head": .integer(try heads),
      "n_positions": .integer(try integer("context_length")), "layer_norm_epsilon": .number(try layerNormEpsilon),
    ])
  }

  func gptNeoX() throws -> JSONObject {
    let (width, heads) = (try integer("embedding_length"), try heads)
    let rotary = try metadata.required(key("rope.dimension_count")) { try metadata.integer($0) }
    let parallel = try metadata.bool(key("use_parallel_residual")) ?? true
    return try model("gpt_neox", tied: !has("output.weight")).overriding([
      "hidden_size": .integer(width), "intermediate_size": .integer(try integer("feed_forward_length")),
      "num_hidden_layers": .integer(try integer("block_count")), "num_attention_heads": .integer(heads),
      "max_position_embeddings": .integer(try integer("context_length")),
      "layer_norm_eps": .number(try layerNormEpsilon),
      "rotary_pct": .number(Double(rotary) / Double(max(width / heads, 1))),
      "rotary_emb_base": .number(try rotaryBase), "use_parallel_residual": .bool(parallel),
      "attention_bias": .bool(has("blk.0.attn_qkv.bias")),
    ])
  }

  // MARK: Parts

  /// Keys of relatives that compute something else: with experts, or with factors that these have not.
  private func refuseForeignTerms() throws {
    if let experts = try optionalInteger("expert_count"), experts > 0 {
      throw unsupported("expert_count", "\(experts)", expected: "0: mixtures of experts are not supported")
    }
    for name in [
      "attention.scale", "attention.clamp_kqv", "attention.max_alibi_bias", "logit_scale", "residual_scale",
      "embedding_scale",
    ] {
      if let factor = try optionalNumber(name), factor != 0 {
        throw unsupported(name, "\(factor)", expected: "0, or no such key")
      }
    }
  }

  private func model(_ type: String, tied: Bool) throws -> JSONObject {
    guard let embedding = header.tensors["token_embd.weight"] else {
      throw GGUFError.noSuchTensor(file: file, tensor: "token_embd.weight")
    }
    return [
      "model_type": .string(type), "vocab_size": .integer(embedding.rows), "tie_word_embeddings": .bool(tied),
      "dtype": .string(storedType),
    ]
  }

  /// What `--precision auto` keeps: a half format where all matrices have it. Norms are float32 whatever the model is.
  private var storedType: String {
    switch Set(header.tensors.values.lazy.filter { $0.shape.count > 1 }.map(\.type)) {
    case [.f16]: "float16"
    case [.bf16]: "bfloat16"
    default: "float32"
    }
  }

  private var layerNormEpsilon: Double {
    get throws { try metadata.required(key("attention.layer_norm_epsilon")) { try metadata.number($0) } }
  }
}

extension JSONObject {
  /// With one more member, where it has a value.
  func appending(_ key: String, _ value: JSONValue?) -> JSONObject {
    value.map { overriding([key: $0]) } ?? self
  }

  /// With the members of another, which count where both have one.
  fileprivate func overriding(_ other: JSONObject) -> JSONObject {
    JSONObject(filter { other[$0.key] == nil } + other)
  }
}
