import Foundation
import Testing

@testable import Engine

struct GatedDecoderConfigurationTests {
  private static let sizes = #"""
    "vocab_size": 8, "hidden_size": 32, "intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 8,
    "max_position_embeddings": 16
    """#

  private func read(
    _ type: any GatedArchitecture.Type, _ settings: String = #""x": 1"#
  ) throws -> GatedDecoder.Configuration {
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("config.json")
    try Data("{\(Self.sizes), \(settings)}".utf8).write(to: file)
    return try type.configuration(ModelConfiguration(file: file))
  }

  /// Where config.json is silent, transformers has a default for each architecture.
  @Test func whatIsNotSaidIsAsTransformersHasIt() throws {
    let llama = try read(Llama.self)
    #expect(llama.keyValueHeadCount == 8 && llama.headSize == 4 && llama.normEpsilon == 1e-6)
    #expect(llama.activation == .silu && !llama.tiedEmbeddings && !llama.queryKeyValueBias && !llama.mlpBias)
    #expect(llama.rotary == RotarySettings(base: 10_000, dimensions: 4, scaling: .plain))
    #expect(try read(Mistral.self).keyValueHeadCount == 8)
    #expect(try read(Qwen2.self, #""num_key_value_heads": null"#).keyValueHeadCount == 8)
    let qwen3 = try read(Qwen3.self, #""num_key_value_heads": null"#)
    #expect(qwen3.headSize == 128 && qwen3.queryKeyNorms == .perHead && !qwen3.queryKeyValueBias)
    let olmo = try read(Olmo2.self)
    #expect(olmo.normEpsilon == 1e-5 && olmo.queryKeyNorms == .acrossHeads)
    #expect(olmo.norms.attentionInput == nil && olmo.norms.mlpInput == nil)
    let gemma = try read(Gemma2.self)
    #expect(gemma.keyValueHeadCount == 4 && gemma.headSize == 256 && gemma.tiedEmbeddings)
    #expect(gemma.activation == .geluTanh && gemma.scoreDivisor == 256 && gemma.normOffset == 1)
    #expect(gemma.scoreCap == SoftCap(limit: 50) && gemma.logitCap == SoftCap(limit: 30))
    #expect(gemma.embeddingScale == Float(32).squareRoot())
    let phi = try read(Phi3.self)
    #expect(phi.normEpsilon == 1e-5 && phi.projections == .fused && phi.keyValueHeadCount == 8)
  }

  /// As transformers casts it to the weights' type: sqrt(3072) = 55.4256.
  @Test func theEmbeddingScaleHasTheWidthOfTheWeights() {
    let scale = Float(3072).squareRoot()
    #expect(Precision.bf16.rounded(scale) == 55.5)
    #expect(Precision.fp16.rounded(scale) == 55.4375)
    #expect(Precision.fp32.rounded(scale) == scale && Precision.int8.rounded(scale) == scale)
  }

  @Test func nullTurnsSoftCapsOff() throws {
    let gemma = try read(Gemma2.self, #""attn_logit_softcapping": null, "final_logit_softcapping": 12.5"#)
    #expect(gemma.scoreCap == nil && gemma.logitCap == SoftCap(limit: 12.5))
  }

  @Test(arguments: [
    #""rope_parameters": {"rope_theta": 5000, "rope_type": "linear", "factor": 2}"#,
    #""rope_theta": 5000, "rope_scaling": {"type": "linear", "factor": 2.0}"#,
    #""rope_theta": 5000.0, "rope_scaling": {"rope_type": "linear", "factor": 2}"#,
    // As `rope_scaling or rope_parameters` has it.
    #""rope_scaling": {"type": "linear", "factor": 2, "rope_theta": 5000}, "rope_parameters": {"rope_theta": 9}"#,
  ]) func everySpellingOfRotarySettingsIsRead(spelling: String) throws {
    #expect(
      try read(Llama.self, spelling).rotary
        == RotarySettings(base: 5000, dimensions: 4, scaling: .linear(factor: 2)))
  }

  @Test func theOriginalPositionsStandWhereTheyMay() throws {
    let llama3 = #""rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4"#
    func original(_ settings: String) throws -> Int? {
      guard case .llama3(_, _, _, let positions) = try read(Llama.self, settings).rotary.scaling else { return nil }
      return positions
    }
    #expect(try original(#""rope_scaling": {\#(llama3), "original_max_position_embeddings": 9}"#) == 9)
    #expect(try original(#""rope_scaling": {\#(llama3)}"#) == 16)
    #expect(
      try original(
        #""original_max_position_embeddings": 5, "rope_scaling": {\#(llama3), "original_max_position_embeddings": 9}"#)
        == 5)
  }

  @Test(
    arguments: [
      (Llama.self, #""hidden_act": "mish""#, "hidden_act 'mish'"),
      (Llama.self, #""num_key_value_heads": 3"#, "num_key_value_heads '3'"),
      (Llama.self, #""head_dim": 7"#, "head_dim '7'"),
      (Llama.self, #""partial_rotary_factor": 0.5"#, "partial_rotary_factor '0.5'"),
      (Llama.self, #""rope_scaling": {"type": "ntk"}"#, "rope_type 'ntk'"),
      (
        Llama.self, #""rope_parameters": {"full_attention": {"rope_theta": 1}}"#,
        "rope_parameters 'with 'full_attention'"
      ),
      (
        Llama.self, #""rope_scaling": {"type": "llama3", "factor": 2, "low_freq_factor": 4, "high_freq_factor": 1}"#,
        "low_freq_factor '4.0'"
      ),
      (Llama.self, #""rope_scaling": {"type": "longrope", "long_factor": [1, 2]}"#, "short_factor 'missing'"),
      (
        Llama.self, #""rope_scaling": {"type": "longrope", "short_factor": [1], "long_factor": [1, 2]}"#,
        "short_factor '1 items'"
      ),
      (
        Llama.self, #""rope_scaling": {"type": "longrope", "short_factor": [1, 0], "long_factor": [1, 2]}"#,
        "short_factor"
      ),
      (
        Llama.self, #""rope_scaling": {"type": "longrope", "short_factor": [1, "2"], "long_factor": [1, 2]}"#,
        "short_factor"
      ),
      (Phi3.self, #""rope_scaling": {"type": "linear", "factor": 2}"#, "rope_type 'linear'"),
      (Phi3.self, #""partial_rotary_factor": 0.25"#, "partial_rotary_factor '0.25'"),  // one of four columns
      (Gemma2.self, #""hidden_activation": "mish""#, "hidden_activation 'mish'"),
      (Gemma2.self, #""use_bidirectional_attention": true"#, "use_bidirectional_attention 'true'"),
    ] as [(any GatedArchitecture.Type, String, String)])
  func whatIsNotSupportedIsRefusedByName(type: any GatedArchitecture.Type, settings: String, message: String) throws {
    let error = try #require(throws: ModelError.self) { try read(type, settings) }
    #expect("\(error)".contains(message), "\(error)")
    #expect("\(error)".contains("config.json"))
  }

  @Test(
    arguments: [
      (Llama.self, #""rope_scaling": {"type": "yarn"}"#, "rope_scaling.factor"),
      (Llama.self, #""rope_scaling": {"type": "yarn", "factor": "2"}"#, "rope_scaling.factor"),
      (Llama.self, #""rope_scaling": {"type": "linear", "factor": 0.5}"#, "rope_scaling.factor"),
      (Llama.self, #""rope_scaling": "linear""#, "rope_scaling"),
      (Gemma2.self, #""attn_logit_softcapping": 0"#, "attn_logit_softcapping"),
      (Gemma2.self, #""query_pre_attn_scalar": -1"#, "query_pre_attn_scalar"),
    ] as [(any GatedArchitecture.Type, String, String)])
  func valuesOutOfRangeAreNamed(type: any GatedArchitecture.Type, settings: String, key: String) throws {
    let error = try #require(throws: ModelConfigurationError.self) { try read(type, settings) }
    #expect("\(error)".contains("'\(key)'"), "\(error)")
  }
}
