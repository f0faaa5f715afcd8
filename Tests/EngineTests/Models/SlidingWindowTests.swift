import Foundation
import Testing

@testable import Engine

/// Windows by layer, as transformers 5.23 reads them of the same files.
struct SlidingWindowTests {
  private static let sizes = """
    "vocab_size": 8, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 16
    """

  private func windows(_ type: any GatedArchitecture.Type, _ settings: String) throws -> [Int?] {
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("config.json")
    try Data("{\(Self.sizes), \(settings)}".utf8).write(to: file)
    return try type.configuration(ModelConfiguration(file: file)).windows
  }

  private static let none = [Int?](repeating: nil, count: 4)

  @Test(arguments: [
    (#""model_type": "mistral""#, [4096, 4096, 4096, 4096]),
    (#""sliding_window": null"#, none),
    (#""sliding_window": 7"#, [7, 7, 7, 7]),
    (#""sliding_window": null, "layer_types": ["full_attention", "full_attention"]"#, none),
  ]) func mistralSlidesInAllLayersOrInNone(settings: String, expected: [Int?]) throws {
    #expect(try windows(Mistral.self, settings) == expected)
  }

  @Test(arguments: [
    (#""sliding_window": 7"#, none),
    (#""use_sliding_window": false, "max_window_layers": 0"#, none),
    (#""use_sliding_window": true"#, none),  // of 28 layers
    (#""use_sliding_window": true, "max_window_layers": 2"#, [nil, nil, 4096, 4096]),
    (#""use_sliding_window": true, "sliding_window": null, "max_window_layers": 0"#, none),
    (
      #""use_sliding_window": true, "sliding_window": 7, "layer_types": ["sliding_attention", "full_attention", "attention", "sliding_attention"]"#,
      [7, nil, nil, 7]
    ),
  ]) func qwenSlidesFromALayerOnIfAtAll(settings: String, expected: [Int?]) throws {
    #expect(try windows(Qwen2.self, settings) == expected)
    #expect(try windows(Qwen3.self, settings) == expected)
  }

  @Test(arguments: [
    (#""hidden_act": "silu""#, [4096, nil, 4096, nil]),
    (#""sliding_window": 7"#, [7, nil, 7, nil]),
    (
      #""layer_types": ["full_attention", "full_attention", "sliding_attention", "full_attention"]"#,
      [nil, nil, 4096, nil]
    ),
  ]) func gemmaSlidesInEveryOtherLayer(settings: String, expected: [Int?]) throws {
    #expect(try windows(Gemma2.self, settings) == expected)
  }

  @Test(arguments: [(#""sliding_window": 7"#, [7, 7, 7, 7]), (#""sliding_window": null"#, none), (#""x": 1"#, none)])
  func phiSlidesInAllLayersOrInNone(settings: String, expected: [Int?]) throws {
    #expect(try windows(Phi3.self, settings) == expected)
  }

  @Test(arguments: [#""sliding_window": 7, "use_sliding_window": true"#]) func othersDoNotSlide(settings: String) throws
  {
    #expect(try windows(Llama.self, settings) == Self.none)
    #expect(try windows(Olmo2.self, settings) == Self.none)
  }

  @Test func whatContradictsItselfIsRefusedByName() throws {
    let sliding = #""layer_types": ["sliding_attention", "sliding_attention", "full_attention", "full_attention"]"#
    let cases: [(any GatedArchitecture.Type, String, String)] = [
      (Mistral.self, sliding, "layer_types 'full_attention'"),
      (Phi3.self, #""sliding_window": 3, \#(sliding)"#, "layer_types 'full_attention'"),
      (Qwen2.self, sliding, "sliding_window 'null'"),
      (Gemma2.self, #""sliding_window": null"#, "sliding_window 'null'"),
      (Qwen3.self, #""layer_types": ["full_attention"]"#, "layer_types"),
      (Qwen3.self, #""layer_types": "full_attention""#, "layer_types"),
      (
        Qwen2.self, #""layer_types": ["full_attention", "full_attention", "full_attention", "chunked_attention"]"#,
        "chunked_attention"
      ),
    ]
    for (type, settings, message) in cases {
      let error = try #require(throws: ModelError.self) { try windows(type, settings) }
      #expect("\(error)".contains(message), "\(type) with \(settings): \(error)")
    }
    #expect(throws: ModelConfigurationError.self) { try windows(Mistral.self, #""sliding_window": 0"#) }
    #expect(throws: ModelConfigurationError.self) { try windows(Gemma2.self, #""sliding_window": "7""#) }
  }
}
