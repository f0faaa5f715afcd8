import Foundation
import Testing

@testable import Engine

/// One row for each way in which a GGUF file can be wrong. Files are named `x.gguf`.
struct GGUFMalformationTests {
  /// What reading everything of a changed file says, the path being `x`.
  private func error(_ bytes: [UInt8]) throws -> String {
    let scratch = try CheckpointScratch()
    let file = try scratch.write(bytes, to: "x.gguf")
    let error = #expect(throws: GGUFError.self) { try GGUFRead(file) }
    return "\(try #require(error))".replacing(file.path, with: "x")
  }

  private func error(_ change: (inout GGUFBytes) -> Void) throws -> String {
    var file = GGUFBytes.tiny()
    change(&file)
    return try error(file.encoded())
  }

  @Test func unchangedFileIsRead() throws {
    let scratch = try CheckpointScratch()
    let read = try GGUFRead(scratch.write(GGUFBytes.tiny().encoded(), to: "x.gguf"))
    #expect(read.tensors == 11 && read.values == 4 * 4 * 5 + 3 * 4 * 3 + 3 * 4)
  }

  // MARK: The container

  @Test func otherFiles() throws {
    #expect(try error([]) == "'x' is no GGUF file: it does not begin with the letters GGUF")
    #expect(
      try error { $0.magic = Array("GGML".utf8) } == "'x' is no GGUF file: it does not begin with the letters GGUF")
    #expect(try error { $0.version = 1 }.hasPrefix("'x' is in version 1 of GGUF, known are 2 and 3"))
    #expect(try error { $0.version = 4 }.hasPrefix("'x' is in version 4 of GGUF"))
    #expect(try error { $0.version = 3 << 24 }.hasPrefix("'x' was written for big-endian machines"))
  }

  /// A file that ends early ends with an error, wherever it ends.
  @Test func everyTruncation() throws {
    let whole = GGUFBytes.tiny()
    let bytes = whole.encoded()
    let scratch = try CheckpointScratch()
    for count in Array(0..<whole.headerCount) + stride(from: whole.headerCount, to: bytes.count, by: 16) {
      let file = try scratch.write(bytes[..<count], to: "x.gguf")
      #expect(throws: GGUFError.self, "\(count) bytes") { try GGUFRead(file) }
    }
  }

  @Test func countsThatTheFileCannotHold() throws {
    #expect(
      try error { $0.tensorCount = .max }.hasPrefix("'x' announces 18446744073709551615 tensors, which do not fit in"))
    #expect(
      try error { $0.metadataCount = 1 << 60 }.hasPrefix("'x' announces 1152921504606846976 metadata, which do not fit")
    )
    // Eight bytes an element, as strings have at least.
    let count = GGUFBytes.little(UInt32(8)) + GGUFBytes.little(UInt64.max)
    #expect(
      try error { $0["tokenizer.ggml.tokens"] = .raw(9, count) }
        .hasPrefix("'x' announces 18446744073709551615 elements of metadata 'tokenizer.ggml.tokens', which do not fit"))
    let wide = GGUFBytes.little(UInt32(12)) + GGUFBytes.little(UInt64(1) << 61)
    #expect(
      try error { $0["k"] = .raw(9, wide) }.hasPrefix("'x' announces 2305843009213693952 elements of metadata 'k'"))
  }

  @Test func lengthsThatTheFileCannotHold() throws {
    let long = GGUFBytes.little(UInt64.max)
    #expect(
      try error { $0["general.name"] = .raw(8, long) }.hasPrefix("'x' ends within metadata 'general.name', at byte"))
    var file = GGUFBytes.tiny()
    file.metadata = []
    file.tensors = []
    file.metadataCount = 1
    let key = file.encoded()[..<24] + long + [UInt8](repeating: 0, count: 32)
    #expect(try error(Array(key)).hasPrefix("'x' ends within the key of metadata 0, at byte"))
  }

  @Test func valuesThatAreNone() throws {
    #expect(try error { $0["k"] = .raw(13, [0]) } == "metadata 'k' of 'x' has the value type 13, known are 0 to 12")
    #expect(try error { $0["k"] = .bool(2) } == "metadata 'k' of 'x' has a boolean of 2, expected 0 or 1")
    let bools = GGUFBytes.little(UInt32(7)) + GGUFBytes.little(UInt64(2)) + [1, 9]
    #expect(try error { $0["k"] = .raw(9, bools) } == "metadata 'k' of 'x' has a boolean of 9, expected 0 or 1")
    let invalid = GGUFBytes.little(UInt64(1)) + [0xFF]
    #expect(
      try error { $0["general.architecture"] = .raw(8, invalid) }
        == "metadata 'general.architecture' of 'x' is not UTF-8")
    let strings = GGUFBytes.little(UInt32(8)) + GGUFBytes.little(UInt64(1)) + invalid
    #expect(
      try error { $0["tokenizer.ggml.tokens"] = .raw(9, strings) }
        == "element 0 of metadata 'tokenizer.ggml.tokens' of 'x' is not UTF-8")
    #expect(
      try error { $0.metadata.append(("llama.block_count", .uint32(1))) }
        == "'x' has the metadata 'llama.block_count' twice")
  }

  @Test func arraysWithinArrays() throws {
    func nested(_ depth: Int) -> [UInt8] {
      (0..<depth).reduce(GGUFBytes.little(UInt32(0)) + GGUFBytes.little(UInt64(1)) + [7]) { inner, _ in
        GGUFBytes.little(UInt32(9)) + GGUFBytes.little(UInt64(1)) + inner
      }
    }
    let message = "metadata 'k' of 'x' has arrays within arrays, more than 4 deep"
    #expect(try error { $0["k"] = .raw(9, nested(4)) } == message)
    #expect(try error { $0["k"] = .raw(9, nested(100_000)) } == message)
    var file = GGUFBytes.tiny()
    file["k"] = .raw(9, nested(3))
    let scratch = try CheckpointScratch()
    _ = try GGUFRead(scratch.write(file.encoded(), to: "x.gguf"))
  }

  @Test func alignment() throws {
    for value: UInt32 in [0, 3, 48] {
      #expect(
        try error { $0["general.alignment"] = .uint32(value) }
          == "'general.alignment' of 'x' is \(value), expected a power of two")
    }
    #expect(try error { $0["general.alignment"] = .string("32") }.hasSuffix("is a string, expected an integer"))
    // So far apart the data would begin behind the file's end.
    let message = try error { $0["general.alignment"] = .uint32(1 << 31) }
    #expect(message.hasPrefix("tensor 'token_embd.weight' of 'x' ends at byte 64 of the data, of which the file has 0"))
  }

  // MARK: Tensors

  @Test func descriptionsThatAreWrong() throws {
    #expect(
      try error { $0.tensors[0].rank = 5 }
        == "tensor 'token_embd.weight' of 'x' has 5 dimensions, at most 4 are allowed")
    #expect(try error { $0.tensors[0].rank = .max }.hasSuffix("has 4294967295 dimensions, at most 4 are allowed"))
    #expect(try error { $0.tensors[1].name = "token_embd.weight" } == "'x' has two tensors 'token_embd.weight'")
    #expect(
      try error { $0.tensors[0].type = 20 }
        .hasPrefix("tensor 'token_embd.weight' of 'x' is stored as IQ4_NL; supported are F32, F16, BF16, Q4_0,"))
    #expect(
      try error { $0.tensors[0].type = 99 }.hasPrefix(
        "tensor 'token_embd.weight' of 'x' has the type 99, which is none"))
    #expect(
      try error { $0.tensors[0].type = 12 }
        == "rows of tensor 'token_embd.weight' of 'x' have 4 values, expected a multiple of the 256 of a Q4_K block")
  }

  @Test func sizesThatOverflow() throws {
    for dimensions: [UInt64] in [[1 << 40, 1 << 40], [.max], [4, 1 << 62], [0, 1 << 40, 1 << 40, 1 << 63]] {
      #expect(
        try error { $0.tensors[0].dimensions = dimensions }
          == "tensor 'token_embd.weight' of 'x' has dimensions \(dimensions), whose size in bytes overflows 64 bits")
    }
    // Where there is no value, nothing overflows.
    var empty = GGUFBytes.tiny()
    empty.tensors[1].dimensions = [0, 1 << 40, 1 << 40]
    let scratch = try CheckpointScratch()
    #expect(try GGUFRead(scratch.write(empty.encoded(), to: "x.gguf")).tensors == 11)
  }

  @Test func placesOutsideTheData() throws {
    #expect(
      try error { $0.tensors[0].offset = 1 << 40 }
        .hasPrefix("tensor 'token_embd.weight' of 'x' ends at byte 1099511627840 of the data, of which the file has"))
    #expect(try error { $0.tensors[0].offset = .max - 31 }.contains("ends at byte 18446744073709551615 of the data"))
    #expect(
      try error { $0.tensors[0].offset = 4 }
        == "tensor 'token_embd.weight' of 'x' begins at byte 4 of the data, expected a multiple of 32")
    #expect(
      try error { $0.tensors[1].offset = 0 }
        == "tensors 'output_norm.weight' and 'token_embd.weight' of 'x' share bytes")
    #expect(try error { $0.tensors[0].dimensions = [4, 1 << 30] }.contains("was the download cut off?"))
  }

  // MARK: The model

  @Test func modelsThatAreNotSupported() throws {
    #expect(
      try error { $0["general.architecture"] = .string("mamba") }
        .hasPrefix(
          "'x' holds a model of architecture 'mamba', which is not supported; supported: gemma2, gpt2, gptneox,"))
    #expect(try error { $0["general.architecture"] = nil } == "'x' has no metadata 'general.architecture'")
    #expect(
      try error { $0["general.architecture"] = .uint32(1) }
        == "metadata 'general.architecture' of 'x' is an integer, expected a string")
    #expect(
      try error { $0["llama.expert_count"] = .uint32(8) }
        == "metadata 'llama.expert_count' of 'x' is 8, expected 0: mixtures of experts are not supported")
    #expect(
      try error { $0["llama.logit_scale"] = .float32(0.5) }
        == "metadata 'llama.logit_scale' of 'x' is 0.5, expected 0, or no such key")
    #expect(try error { $0["split.count"] = .uint32(2) }.hasPrefix("'x' is one of 2 parts of a model; join them with"))
    #expect(
      try error { $0["llama.rope.scaling.type"] = .string("ntk") }
        == "metadata 'llama.rope.scaling.type' of 'x' is 'ntk', expected none, linear or yarn")
    #expect(
      try error { $0["llama.attention.value_length"] = .uint32(4) }
        == "metadata 'llama.attention.value_length' of 'x' is 4, expected attention.key_length 2")
  }

  @Test func settingsThatAreMissingOrWrong() throws {
    for key in [
      "context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count",
      "attention.layer_norm_rms_epsilon",
    ] {
      #expect(try error { $0["llama.\(key)"] = nil } == "'x' has no metadata 'llama.\(key)'")
      #expect(
        try error { $0["llama.\(key)"] = .strings([]) }.hasPrefix(
          "metadata 'llama.\(key)' of 'x' is an array, expected"))
    }
    #expect(
      try error { $0["llama.block_count"] = .int32(-1) }
        == "metadata 'llama.block_count' of 'x' is -1, expected 1 to 2147483647")
    #expect(try error { $0["llama.block_count"] = .uint64(.max) }.contains("is 18446744073709551615, expected 1 to"))
    #expect(try error { $0["llama.block_count"] = .float32(1) }.hasSuffix("is a number, expected an integer"))
    #expect(
      try error { $0["llama.attention.layer_norm_rms_epsilon"] = .float64(.nan) }
        == "metadata 'llama.attention.layer_norm_rms_epsilon' of 'x' is nan, expected a finite number")
    #expect(
      try error { $0["llama.attention.head_count"] = .uint32(3) }.contains("'blk.0.attn_k.weight' of 'x' has 4 rows"))
  }

  @Test func tensorsWithoutAPlace() throws {
    for name in ["blk.0.ffn_gate_inp.weight", "blk.x.attn_q.weight", "attn_q", "blk.0.attn_q.scale", "weight", ""] {
      let message = try error { $0.tensors[3].name = name }
      #expect(message.hasPrefix("'x' has the tensor '\(name)', which a model of architecture 'llama' has no place for"))
    }
    #expect(try error { $0.tensors[0].name = "output.weight" } == "'x' has no tensor 'token_embd.weight'")
    #expect(
      try error { $0.add("rope_freqs.weight", shape: [3], [1, 1, 1]) }
        == "tensor 'rope_freqs.weight' of 'x' has shape [3], expected [1]")
  }

  // MARK: Any byte

  /// Whatever a byte becomes, the file is read or refused; nothing crashes, and nothing is allocated that it cannot hold.
  @Test(arguments: [UInt8(0x01), 0xFF]) func everyByteFlipped(mask: UInt8) throws {
    let whole = GGUFBytes.tiny()
    let bytes = whole.encoded()
    let scratch = try CheckpointScratch()
    var refused = 0
    for index in 0..<whole.headerCount {
      var changed = bytes
      changed[index] ^= mask
      let file = try scratch.write(changed, to: "x.gguf")
      do {
        _ = try GGUFRead(file)
      } catch is GGUFError {
        refused += 1
      } catch is TokenizerError {
        refused += 1
      }
    }
    #expect(refused > 200)
  }
}

/// Everything of a file read at once.
private struct GGUFRead {
  let tensors: Int
  let values: Int

  init(_ file: URL) throws {
    let model = try GGUFModel(file)
    let configuration = try model.configuration()
    _ = try configuration.modelType
    let weights = try model.weights()
    var values = 0
    for name in weights.names {
      let path = weights.root
      values += try path.tensor(name, shape: path.shape(of: name)).count
    }
    _ = try weights.digest()
    _ = try Tokenizer(contentsOf: file)
    (tensors, self.values) = (weights.names.count, values)
  }
}
