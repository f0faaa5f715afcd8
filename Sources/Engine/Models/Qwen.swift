import Foundation

/// Qwen2 (Yang et al. 2024): Llama with biases on query, key and value, and attention that may slide in some layers.
enum Qwen2 {
  static func make(_ file: ModelConfiguration, _ weights: ModelWeights) throws -> any CausalLM {
    var configuration = try GatedDecoder.Configuration(file)
    configuration.queryKeyValueBias = true
    configuration.windows = try file.slidingLayers(configuration.layerCount)
    return try GatedDecoder.make(configuration, weights)
  }
}

/// Qwen3 (Yang et al. 2025): no biases unless asked for, queries and keys normalised head by head.
enum Qwen3 {
  static func make(_ file: ModelConfiguration, _ weights: ModelWeights) throws -> any CausalLM {
    var configuration = try GatedDecoder.Configuration(file)
    configuration.headSize = try file.integer("head_dim", default: 128)
    configuration.queryKeyValueBias = try file.bool("attention_bias", default: false)
    configuration.outputBias = configuration.queryKeyValueBias
    configuration.queryKeyNorms = true
    configuration.windows = try file.slidingLayers(configuration.layerCount)
    return try GatedDecoder.make(configuration, weights)
  }
}

extension ModelConfiguration {
  /// The window of every layer: by `layer_types` where given, else from `max_window_layers` on.
  fileprivate func slidingLayers(_ count: Int) throws -> [Int?] {
    guard try bool("use_sliding_window", default: false) else { return Array(repeating: nil, count: count) }
    let window = try integer("sliding_window", default: 4096)
    guard let types = value("layer_types") else {
      let first = try integer("max_window_layers", in: 0...Int(Int32.max), default: 28)
      return (0..<count).map { $0 >= first ? window : nil }
    }
    guard case .array(let names) = types, names.count == count else {
      throw unsupported("layer_types", types.kind, supported: "an array with one name for each of \(count) layers")
    }
    return try names.map { name in
      switch name {
      case .string("sliding_attention"): window
      case .string("full_attention"): nil
      default: throw unsupported("layer_types", "\(name)", supported: "full_attention, sliding_attention")
      }
    }
  }
}
