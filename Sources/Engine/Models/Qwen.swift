/// Qwen2 (Yang et al. 2024): Llama with biases on query, key and value, and attention that may slide in some layers.
enum Qwen2: GatedArchitecture {
  static func configuration(_ file: ModelConfiguration) throws -> GatedDecoder.Configuration {
    var configuration = try GatedDecoder.Configuration(file, defaults: .init(keyValueHeadCount: 32))
    configuration.queryKeyValueBias = true
    configuration.windows = try file.windowsOfUpperLayers(configuration.layerCount)
    return configuration
  }
}

/// Qwen3 (Yang et al. 2025): no biases unless asked for, queries and keys normalised head by head.
enum Qwen3: GatedArchitecture {
  static func configuration(_ file: ModelConfiguration) throws -> GatedDecoder.Configuration {
    var configuration = try GatedDecoder.Configuration(file, defaults: .init(keyValueHeadCount: 32, headSize: 128))
    configuration.queryKeyValueBias = try file.bool("attention_bias", default: false)
    configuration.outputBias = configuration.queryKeyValueBias
    configuration.queryKeyNorms = .perHead
    configuration.windows = try file.windowsOfUpperLayers(configuration.layerCount)
    return configuration
  }
}

extension ModelConfiguration {
  /// A window only where `use_sliding_window` says so, from layer `max_window_layers` on.
  fileprivate func windowsOfUpperLayers(_ count: Int) throws -> [Int?] {
    let window = try bool("use_sliding_window", default: false) ? slidingWindow(default: 4096) : nil
    let first = try integer("max_window_layers", in: 0...Int(Int32.max), default: 28)
    return try windows(window, layers: count) { window != nil && $0 >= first }
  }
}
