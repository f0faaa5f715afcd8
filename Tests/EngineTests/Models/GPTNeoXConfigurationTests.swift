import Foundation
import Testing

@testable import Engine

struct GPTNeoXConfigurationTests {
  private static let sizes = """
    "model_type": "gpt_neox", "vocab_size": 32, "hidden_size": 16, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 2, "max_position_embeddings": 128
    """

  private func read(_ more: String = "") throws -> GPTNeoX.Configuration {
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("config.json")
    try Data("{\(Self.sizes)\(more.isEmpty ? "" : ", ")\(more)}".utf8).write(to: file)
    return try GPTNeoX.Configuration(ModelConfiguration(file: file))
  }

  @Test func whatIsNotSaidIsAsTransformersHasIt() throws {
    let configuration = try read()
    #expect(configuration.rotaryFraction == 0.25 && configuration.rotaryBase == 10_000)
    #expect(configuration.layerNormEpsilon == 1e-5 && configuration.activation == .gelu)
    #expect(configuration.parallelResidual && configuration.attentionBias && !configuration.tiedEmbeddings)
  }

  @Test(arguments: [
    #""rope_parameters": {"rope_theta": 5000, "partial_rotary_factor": 0.5, "rope_type": "default"}"#,
    #""rotary_pct": 0.5, "rotary_emb_base": 5000"#,
    #""rotary_pct": 0.5, "rope_theta": 5000.0, "rope_scaling": null"#,
    #""partial_rotary_factor": 0.5, "rope_theta": 5000, "rope_scaling": {"type": "default"}"#,
    // The new spelling wins where both are given.
    #""rope_parameters": {"rope_theta": 5000, "partial_rotary_factor": 0.5}, "rotary_pct": 1, "rotary_emb_base": 9"#,
  ])
  func everySpellingOfRotarySettingsIsRead(spelling: String) throws {
    let configuration = try read(spelling)
    #expect(configuration.rotaryFraction == 0.5 && configuration.rotaryBase == 5000)
    #expect(configuration.rotaryDimensions == 4)
  }

  @Test(arguments: Activation.allCases) func everyActivationIsKnownByItsName(activation: Activation) throws {
    #expect(try read(#""hidden_act": "\#(activation.rawValue)""#).activation == activation)
  }

  @Test(arguments: [
    (#""hidden_act": "mish""#, "hidden_act 'mish', which is not supported; supported: gelu, gelu_new"),
    (
      #""rope_scaling": {"type": "linear", "factor": 2}"#,
      "rope_type 'linear', which is not supported; supported: default"
    ),
    (#""rope_parameters": {"rope_type": "yarn"}"#, "rope_type 'yarn', which is not supported; supported: default"),
    (#""num_attention_heads": 3"#, "hidden_size '16 with 3 heads', which is not supported; supported: a multiple"),
    (#""rotary_pct": 0.4"#, "hidden_size '16 with 2 heads'"),  // 3 of 8 columns cannot be paired
  ])
  func whatIsNotSupportedIsRefusedByName(setting: String, message: String) throws {
    // A repeated key would be refused for being repeated.
    let key = try #require(setting.split(separator: ":").first)
    let others = Self.sizes.replacing(
      "\"num_attention_heads\": 2,", with: key.contains("heads") ? "" : "\"num_attention_heads\": 2,")
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("config.json")
    try Data("{\(others), \(setting)}".utf8).write(to: file)
    let error = try #require(throws: ModelError.self) {
      try GPTNeoX.Configuration(ModelConfiguration(file: file))
    }
    #expect("\(error)".contains(message), "\(error)")
    #expect("\(error)".contains(file.path))
  }
}
