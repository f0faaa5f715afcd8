import Foundation

extension GatedDecoder {
  /// The sizes of a decoder, and what the members of the family choose.
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
    package var rotary: RotarySettings
    package var activation: Activation
    package var tiedEmbeddings: Bool
    package var queryKeyValueBias = false
    package var outputBias = false
    package var mlpBias = false
    package var norms = BlockNorms.before
    /// What is added to the weights of norms: 1 where the checkpoint stores their distance from it.
    package var normOffset: Float = 0
    package var queryKeyNorms = QueryKeyNorms.none
    package var projections = Projections.separate
    /// Factor on embeddings.
    package var embeddingScale: Float?
    /// Scores are divided by the root of this; the head size where nil.
    package var scoreDivisor: Double?
    package var scoreCap: SoftCap?
    package var logitCap: SoftCap?
    /// [layers] positions that a query sees; nil sees all before it.
    package var windows: [Int?]

    /// The norms of a block by their names in the checkpoint; nil where there is none.
    package struct BlockNorms: Sendable, Equatable {
      package var attentionInput: String?
      package var attentionOutput: String?
      package var mlpInput: String?
      package var mlpOutput: String?

      package static let before = BlockNorms(attentionInput: "input_layernorm", mlpInput: "post_attention_layernorm")
    }

    package enum QueryKeyNorms: Sendable {
      case none
      /// Over each head's columns.
      case perHead
      /// Over the columns of all heads.
      case acrossHeads
    }

    package enum Projections: Sendable {
      /// `q_proj`, `k_proj`, `v_proj`; `gate_proj`, `up_proj`.
      case separate
      /// `qkv_proj`; `gate_up_proj`.
      case fused
    }

    /// What transformers takes where config.json says nothing, as far as it differs between architectures.
    package struct Defaults {
      package var normEpsilon = 1e-6
      /// As many as there are query heads where nil.
      package var keyValueHeadCount: Int?
      /// The hidden size by the heads where nil.
      package var headSize: Int?
      package var tiedEmbeddings = false
      package var activationKey = "hidden_act"
      package var activation = Activation.silu
      package var rotary = RotarySettings.Family()
    }

    /// Reads the keys that all members of the family have.
    package init(_ file: ModelConfiguration, defaults: Defaults = Defaults()) throws {
      vocabularySize = try file.integer("vocab_size")
      hiddenSize = try file.integer("hidden_size")
      intermediateSize = try file.integer("intermediate_size")
      layerCount = try file.integer("num_hidden_layers")
      headCount = try file.integer("num_attention_heads")
      let shared = file.isNull("num_key_value_heads") ? nil : defaults.keyValueHeadCount
      keyValueHeadCount = try file.integer("num_key_value_heads", default: shared ?? headCount)
      headSize = try file.integer("head_dim", default: defaults.headSize ?? max(hiddenSize / headCount, 1))
      maximumPositions = try file.integer("max_position_embeddings")
      normEpsilon = try file.number("rms_norm_eps", in: 0...1, default: defaults.normEpsilon)
      rotary = try RotarySettings(
        file, headSize: headSize, maximumPositions: maximumPositions, family: defaults.rotary)
      activation = try file.activation(defaults.activationKey, default: defaults.activation)
      tiedEmbeddings = try file.bool("tie_word_embeddings", default: defaults.tiedEmbeddings)
      windows = Array(repeating: nil, count: layerCount)
      guard headCount % keyValueHeadCount == 0 else {
        throw file.unsupported(
          "num_key_value_heads", "\(keyValueHeadCount)", supported: "a divisor of num_attention_heads \(headCount)")
      }
    }
  }
}

extension ModelConfiguration {
  func unsupported(_ key: String, _ value: String, supported: String) -> ModelError {
    .unsupported(file: file.path, key: key, value: value, supported: supported)
  }

  func activation(_ key: String, default activation: Activation) throws -> Activation {
    let name = try string(key, default: activation.rawValue)
    guard let known = Activation(rawValue: name) else {
      throw unsupported(key, name, supported: Activation.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return known
  }
}
