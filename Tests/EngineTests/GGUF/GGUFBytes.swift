import Foundation

@testable import Engine

/// A GGUF file as bytes, written by the letter of the format; every part can be made wrong.
struct GGUFBytes {
  enum Value {
    case uint8(UInt8), uint32(UInt32), int32(Int32), uint64(UInt64), float32(Float), float64(Double), bool(UInt8)
    case string(String), strings([String]), int32s([Int32]), float32s([Float])
    /// A type and what follows it.
    case raw(UInt32, [UInt8])
  }

  struct Tensor {
    var name: String
    /// ggml's order: the length of a row first.
    var dimensions: [UInt64]
    var type: UInt32 = 0
    var data: [UInt8]
    /// Where it is said to be; where it is unless given.
    var offset: UInt64?
    var rank: UInt32?
  }

  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  var metadata: [(key: String, value: Value)] = []
  var tensors: [Tensor] = []
  var alignment = 32
  var tensorCount: UInt64?
  var metadataCount: UInt64?

  /// Row-major floats.
  mutating func add(_ name: String, shape: [Int], _ values: [Float]) {
    tensors.append(
      Tensor(
        name: name, dimensions: shape.reversed().map(UInt64.init), data: values.flatMap { Self.little($0.bitPattern) }))
  }

  static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  static func text(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }

  private static func array(_ type: UInt32, _ elements: [[UInt8]]) -> [UInt8] {
    little(UInt32(9)) + little(type) + little(UInt64(elements.count)) + elements.flatMap { $0 }
  }

  /// A value with its type in front.
  static func encoded(_ value: Value) -> [UInt8] {
    switch value {
    case .uint8(let value): little(UInt32(0)) + [value]
    case .uint32(let value): little(UInt32(4)) + little(value)
    case .int32(let value): little(UInt32(5)) + little(value)
    case .float32(let value): little(UInt32(6)) + little(value.bitPattern)
    case .bool(let value): little(UInt32(7)) + [value]
    case .string(let value): little(UInt32(8)) + text(value)
    case .uint64(let value): little(UInt32(10)) + little(value)
    case .float64(let value): little(UInt32(12)) + little(value.bitPattern)
    case .strings(let values): array(8, values.map(text))
    case .int32s(let values): array(5, values.map { little($0) })
    case .float32s(let values): array(6, values.map { little($0.bitPattern) })
    case .raw(let type, let bytes): little(type) + bytes
    }
  }

  func encoded() -> [UInt8] {
    var bytes = magic + Self.little(version)
    bytes += Self.little(tensorCount ?? UInt64(tensors.count))
    bytes += Self.little(metadataCount ?? UInt64(metadata.count))
    for (key, value) in metadata { bytes += Self.text(key) + Self.encoded(value) }
    var data: [UInt8] = []
    for tensor in tensors {
      data += padding(data.count)
      bytes += Self.text(tensor.name) + Self.little(tensor.rank ?? UInt32(tensor.dimensions.count))
      bytes += tensor.dimensions.flatMap { Self.little($0) } + Self.little(tensor.type)
      bytes += Self.little(tensor.offset ?? UInt64(data.count))
      data += tensor.data
    }
    return bytes + padding(bytes.count) + data
  }

  /// Bytes of `encoded` before the data.
  var headerCount: Int {
    var header = self
    for index in tensors.indices { header.tensors[index].data = [] }
    return header.encoded().count
  }

  private func padding(_ count: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: (alignment - count % alignment) % alignment)
  }
}

extension GGUFBytes {
  /// A whole model: one layer of Llama with two heads, and a byte-level tokenizer.
  static func tiny() -> GGUFBytes {
    var file = GGUFBytes()
    file.metadata = [
      ("general.architecture", .string("llama")), ("llama.context_length", .uint32(8)),
      ("llama.embedding_length", .uint32(4)), ("llama.block_count", .uint32(1)),
      ("llama.feed_forward_length", .uint32(3)), ("llama.attention.head_count", .uint32(2)),
      ("llama.attention.layer_norm_rms_epsilon", .float32(1e-5)), ("tokenizer.ggml.model", .string("gpt2")),
      ("tokenizer.ggml.pre", .string("gpt-2")), ("tokenizer.ggml.tokens", .strings(["<s>", "a", "b", "ab"])),
      ("tokenizer.ggml.token_type", .int32s([3, 1, 1, 1])), ("tokenizer.ggml.merges", .strings(["a b"])),
      ("tokenizer.ggml.bos_token_id", .uint32(0)),
    ]
    func add(_ name: String, _ shape: [Int]) {
      file.add(name, shape: shape, (0..<shape.reduce(1, *)).map { Float($0 % 7) / 8 - 0.25 })
    }
    add("token_embd.weight", [4, 4])
    add("output_norm.weight", [4])
    for (name, shape) in [
      ("attn_norm", [4]), ("attn_q", [4, 4]), ("attn_k", [4, 4]), ("attn_v", [4, 4]), ("attn_output", [4, 4]),
      ("ffn_norm", [4]), ("ffn_gate", [3, 4]), ("ffn_up", [3, 4]), ("ffn_down", [4, 3]),
    ] {
      add("blk.0.\(name).weight", shape)
    }
    return file
  }

  /// Replaces or adds a value.
  subscript(key: String) -> Value? {
    get { metadata.first { $0.key == key }?.value }
    set {
      let index = metadata.firstIndex { $0.key == key } ?? metadata.endIndex
      if index < metadata.endIndex { metadata.remove(at: index) }
      if let newValue { metadata.insert((key, newValue), at: index) }
    }
  }
}
