/// Phi-3 (Abdin et al. 2024): Llama with one module for query, key and value and one for gate and up, rotary embeddings
/// on part of each head where config.json says so.
enum Phi3: GatedArchitecture {
  /// What older files call `su` or `yarn` is LongRoPE.
  static let rotary = RotarySettings.Family(
    turnsPartOfHeads: true, kinds: ["default", "longrope"], aliases: ["su": "longrope", "yarn": "longrope"],
    originalPositions: 4096)

  static func configuration(_ file: ModelConfiguration) throws -> GatedDecoder.Configuration {
    var configuration = try GatedDecoder.Configuration(file, defaults: .init(normEpsilon: 1e-5, rotary: rotary))
    configuration.projections = .fused
    configuration.windows = try file.sameWindow(
      file.optionalInteger("sliding_window"), layers: configuration.layerCount)
    return configuration
  }
}
