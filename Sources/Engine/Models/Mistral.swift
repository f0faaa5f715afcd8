import Foundation

/// Mistral (Jiang et al. 2023): Llama with attention that slides, in all layers or in none.
enum Mistral {
  static func make(_ file: ModelConfiguration, _ weights: ModelWeights) throws -> any CausalLM {
    var configuration = try GatedDecoder.Configuration(file)
    configuration.windows = Array(
      repeating: try file.optionalInteger("sliding_window"), count: configuration.layerCount)
    return try GatedDecoder(configuration: configuration, weights: weights)
  }
}
