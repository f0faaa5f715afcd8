import Foundation

extension GatedDecoder {
  package struct Configuration: Sendable, Equatable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var intermediateSize: Int
    package var layerCount: Int
    package var headCount: Int
    package var keyValueHeadCount: Int
    package var headSize: Int
    package var maximumPositions: Int
    package var normEpsilon: Double
    package var rotaryBase: Double
    package var rotaryScaling: RotaryScaling
    package var activation: Activation
    package var tiedEmbeddings: Bool
    package var queryKeyValueBias = false
    package var outputBias = false
    package var mlpBias = false
    package var queryKeyNorms = false
    /// [layers] positions that a query sees; nil sees all before it.
    package var windows: [Int?]

    /// Reads the keys that all members of the family spell alike.
    package init(_ file: ModelConfiguration) throws {
      vocabularySize = try file.integer("vocab_size")
      hiddenSize = try file.integer("hidden_size")
      intermediateSize = try file.integer("intermediate_size")
      layerCount = try file.integer("num_hidden_layers")
      headCount = try file.integer("num_attention_heads")
      keyValueHeadCount = try file.integer("num_key_value_heads", default: headCount)
      headSize = try file.integer("head_dim", default: max(hiddenSize / headCount, 1))
      maximumPositions = try file.integer("max_position_embeddings")
      normEpsilon = try file.number("rms_norm_eps", in: 0...1, default: 1e-6)
      let rope = try file.nested("rope_parameters")
      rotaryBase =
        try rope?.optionalNumber("rope_theta", in: 1...1e12)
        ?? file.number("rope_theta", in: 1...1e12, default: 10_000)
      rotaryScaling = try RotaryScaling(file)
      let fraction =
        try rope?.optionalNumber("partial_rotary_factor", in: 0...1)
        ?? file.number("partial_rotary_factor", in: 0...1, default: 1)
      guard fraction == 1 else { throw file.unsupported("partial_rotary_factor", "\(fraction)", supported: "1") }
      let name = try file.string("hidden_act", default: "silu")
      guard let known = Activation(rawValue: name) else {
        throw file.unsupported(
          "hidden_act", name, supported: Activation.allCases.map(\.rawValue).joined(separator: ", "))
      }
      activation = known
      tiedEmbeddings = try file.bool("tie_word_embeddings", default: false)
      windows = Array(repeating: nil, count: layerCount)
      guard headCount % keyValueHeadCount == 0 else {
        throw file.unsupported(
          "num_key_value_heads", "\(keyValueHeadCount)", supported: "a divisor of num_attention_heads \(headCount)")
      }
      guard headSize % 2 == 0 else { throw file.unsupported("head_dim", "\(headSize)", supported: "an even number") }
    }
  }
}

extension ModelConfiguration {
  func unsupported(_ key: String, _ value: String, supported: String) -> ModelError {
    .unsupported(file: file.path, key: key, value: value, supported: supported)
  }
}
