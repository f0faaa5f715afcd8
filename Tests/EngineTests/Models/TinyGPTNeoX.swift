import Foundation
import Testing

@testable import Engine

/// A model in code: 2 layers, hidden 8, vocabulary 32, random weights, written as a checkpoint and loaded from it.
struct TinyGPTNeoX: CustomTestStringConvertible {
  var parallelResidual = true
  var tiedEmbeddings = false
  var attentionBias = true
  var rotaryFraction = 0.5
  var activation = Activation.gelu
  var heads = 2

  static let (layers, hidden, intermediate, vocabulary) = (2, 8, 12, 32)
  static let epsilon = 1e-5

  var testDescription: String {
    "\(parallelResidual ? "parallel" : "sequential"), \(tiedEmbeddings ? "tied" : "untied"), "
      + "\(attentionBias ? "bias" : "no bias"), \(heads) heads, rotary \(rotaryFraction), \(activation.rawValue)"
  }

  /// One of each kind of choice, and pairs that share code.
  static let variants: [TinyGPTNeoX] = [
    TinyGPTNeoX(),
    TinyGPTNeoX(parallelResidual: false),
    TinyGPTNeoX(tiedEmbeddings: true, rotaryFraction: 1),
    TinyGPTNeoX(attentionBias: false, activation: .geluNew),
    TinyGPTNeoX(parallelResidual: false, tiedEmbeddings: true, attentionBias: false, activation: .silu),
    TinyGPTNeoX(parallelResidual: false, rotaryFraction: 1, activation: .relu),
    // A quarter of a head needs a head of eight columns to have a pair. 0 turns nothing.
    TinyGPTNeoX(rotaryFraction: 0.25, heads: 1),
    TinyGPTNeoX(rotaryFraction: 0),
  ]

  var configuration: String {
    """
    {"model_type": "gpt_neox", "vocab_size": \(Self.vocabulary), "hidden_size": \(Self.hidden),
     "intermediate_size": \(Self.intermediate), "num_hidden_layers": \(Self.layers),
     "num_attention_heads": \(heads), "max_position_embeddings": 16, "layer_norm_eps": \(Self.epsilon),
     "rotary_pct": \(rotaryFraction), "hidden_act": "\(activation.rawValue)",
     "use_parallel_residual": \(parallelResidual), "attention_bias": \(attentionBias),
     "tie_word_embeddings": \(tiedEmbeddings), "dtype": "float32"}
    """
  }

  /// Shapes by checkpoint name; vectors have one column.
  private var shapes: [(name: String, rows: Int, columns: Int)] {
    var shapes = [("gpt_neox.embed_in.weight", Self.vocabulary, Self.hidden)]
    func norm(_ name: String) {
      shapes += [("gpt_neox.\(name).weight", Self.hidden, 1), ("gpt_neox.\(name).bias", Self.hidden, 1)]
    }
    func linear(_ name: String, _ outputs: Int, _ inputs: Int, bias: Bool) {
      shapes.append(("gpt_neox.\(name).weight", outputs, inputs))
      if bias { shapes.append(("gpt_neox.\(name).bias", outputs, 1)) }
    }
    for layer in 0..<Self.layers {
      norm("layers.\(layer).input_layernorm")
      norm("layers.\(layer).post_attention_layernorm")
      linear("layers.\(layer).attention.query_key_value", 3 * Self.hidden, Self.hidden, bias: attentionBias)
      linear("layers.\(layer).attention.dense", Self.hidden, Self.hidden, bias: attentionBias)
      linear("layers.\(layer).mlp.dense_h_to_4h", Self.intermediate, Self.hidden, bias: true)
      linear("layers.\(layer).mlp.dense_4h_to_h", Self.hidden, Self.intermediate, bias: true)
    }
    norm("final_layer_norm")
    if !tiedEmbeddings { shapes.append(("embed_out.weight", Self.vocabulary, Self.hidden)) }
    return shapes
  }

  /// Weights of order 1, so that attention is sharp and activations are past their linear part.
  func weights(seed: UInt64 = 1) -> [String: DoubleMatrix] {
    var random = RandomValues(seed: seed)
    var weights: [String: DoubleMatrix] = [:]
    for (name, rows, columns) in shapes {
      weights[name] = DoubleMatrix(rows, columns, random.floats(rows * columns, 0.8).map(Double.init))
    }
    return weights
  }

  /// Writes the checkpoint into a directory.
  func write(_ weights: [String: DoubleMatrix], to directory: URL) throws {
    var writer = SafetensorsWriter()
    for (name, rows, columns) in shapes {
      guard let matrix = weights[name] else { continue }
      writer.add(name, shape: columns == 1 ? [rows] : [rows, columns], matrix.values.map { Float($0) })
    }
    try writer.write(to: directory.appendingPathComponent("model.safetensors"))
    try Data(configuration.utf8).write(to: directory.appendingPathComponent("config.json"))
  }

  func load(_ weights: [String: DoubleMatrix], in directory: URL) throws -> LoadedModel {
    try write(weights, to: directory)
    return try LoadedModel(path: directory.path, precision: .fp32)
  }

  /// Documents of random tokens.
  static func batch(lengths: [Int], seed: UInt64 = 5) -> RaggedBatch {
    var random = RandomValues(seed: seed)
    return RaggedBatch(
      lengths.enumerated().map { index, length in
        let ids = (0..<length).map { _ in Int32(random.integer(below: vocabulary)) }
        return (document: index, ids: ids, labels: ids)
      })
  }
}
