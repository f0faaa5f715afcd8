import Foundation

/// How rotary frequencies are stretched, in the words of config.json.
extension GGUFSettings {
  var rotaryBase: Double { get throws { try optionalNumber("rope.freq_base") ?? 10_000 } }

  func rotaryScaling(dimensions: Int) throws -> JSONObject? {
    // Llama 3's scaling comes as the factors that it makes of its settings, Phi-3's as what it is.
    let context = try metadata.integer(key("rope.scaling.original_context_length")) ?? integer("context_length")
    for (short, long) in [("rope_freqs", "rope_freqs"), ("rope_factors_short", "rope_factors_long")] {
      guard let short = try factors(short, dimensions), let long = try factors(long, dimensions) else { continue }
      return [
        "rope_type": .string("longrope"), "short_factor": short, "long_factor": long,
        "attention_factor": .number(try optionalNumber("rope.scaling.attn_factor") ?? 1),
        "original_max_position_embeddings": .integer(context),
      ]
    }
    let kind = try metadata.string(key("rope.scaling.type"))
    let factor = try optionalNumber("rope.scaling.factor") ?? optionalNumber("rope.scale_linear") ?? 1
    switch kind ?? (factor == 1 ? "none" : "linear") {
    case "none": return nil
    case "linear": return ["rope_type": .string("linear"), "factor": .number(factor)]
    case "yarn":
      // llama.cpp multiplies the temperature that transformers computes by default.
      let more = try optionalNumber("rope.scaling.yarn_attn_factor") ?? optionalNumber("rope.scaling.attn_factor") ?? 1
      let original = try metadata.integer(key("rope.scaling.original_context_length"))
      let own: JSONObject = ["rope_type": .string("yarn"), "factor": .number(factor)]
      return try own.appending("original_max_position_embeddings", original.map(JSONValue.integer))
        .appending("beta_fast", optionalNumber("rope.scaling.yarn_beta_fast").map(JSONValue.number))
        .appending("beta_slow", optionalNumber("rope.scaling.yarn_beta_slow").map(JSONValue.number))
        .appending("attention_factor", more == 1 ? nil : JSONValue.number(more * (0.1 * log(max(factor, 1)) + 1)))
    case let other: throw unsupported("rope.scaling.type", "'\(other)'", expected: "none, linear or yarn")
    }
  }

  /// Divisors of the rotary frequencies, one for each pair of dimensions, where the file has such a tensor.
  private func factors(_ name: String, _ dimensions: Int) throws -> JSONValue? {
    guard let tensor = header.tensors["\(name).weight"] else { return nil }
    guard tensor.shape == [dimensions / 2] else {
      throw GGUFError.wrongShape(
        file: file, tensor: "\(name).weight", found: tensor.shape, expected: [dimensions / 2])
    }
    return .array(header.values(of: tensor).map { .number(Double($0)) })
  }
}
