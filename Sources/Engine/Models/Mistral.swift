import Foundation

/// Mistral (Jiang et al. 2023): Llama with attention that slides, in all layers or in none.
enum Mistral {
  static func make(_ file: ModelConfiguration, _ weights: ModelWeights) throws -> any CausalLM {
    var configuration = try GatedDecoder.Configuration(file)
    // transformers takes a window of 4096 where the key is absent, and none where it is null.
    let window = file.isNull("sliding_window") ? nil : try file.integer("sliding_window", default: 4096)
    configuration.windows = Array(repeating: window, count: configuration.layerCount)
    return try GatedDecoder.make(configuration, weights)
  }
}
