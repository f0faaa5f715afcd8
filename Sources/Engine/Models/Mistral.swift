/// Mistral (Jiang et al. 2023): Llama with attention that slides, in all layers or in none.
enum Mistral: GatedArchitecture {
  static func configuration(_ file: ModelConfiguration) throws -> GatedDecoder.Configuration {
    var configuration = try GatedDecoder.Configuration(file, defaults: .init(keyValueHeadCount: 8))
    configuration.windows = try file.sameWindow(file.slidingWindow(default: 4096), layers: configuration.layerCount)
    return configuration
  }
}
