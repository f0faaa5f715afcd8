import Foundation
import Testing

@testable import Engine

/// Whole models in GGUF files.
struct GGUFModelTests {
  // One or two layers of float32 products of at most 24 terms with values of order 1 to 10.
  private static let tolerance = 2e-5

  private struct Reference: Decodable {
    var ids: [Int32]
    var logits: [Double]
  }

  private func logits(_ path: URL, _ ids: [Int32], precision: Precision = .fp32) throws -> [Float] {
    let model = try LoadedModel(path: path.path, precision: precision).model
    return model.logits(RaggedBatch([(document: 0, ids: ids, labels: ids)]), arena: Arena(chunkFloats: 1 << 14))
      .toArray()
  }

  /// Files of the Python package gguf, numbers of torch in float64: `Tests/Fixtures/gguf/make.py`.
  @Test(arguments: [
    "gemma2", "gpt2", "gpt_neox", "llama", "llama_tied", "llama3", "mistral", "olmo2", "phi3", "qwen2", "qwen3", "yarn",
  ])
  func logitsAreThoseOfTheModelThatWasConverted(name: String) throws {
    let reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: checkpointFixture("gguf", "\(name).json")))
    let found = try logits(checkpointFixture("gguf", "\(name).gguf"), reference.ids)
    let distance = relativeDistance(found, reference.logits)
    #expect(distance < Self.tolerance, "\(name): \(distance)")
  }

  /// A model with its tokenizer as a GGUF file gives the gradients of the directory that it was made from, bit by bit.
  @Test func rowsEqualThoseOfTheDirectory() throws {
    let root = FixtureSet.gptNeoX.root.deletingLastPathComponent().appendingPathComponent("llama")
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("model.gguf")
    try Data(GGUFBytes.llama(directory: root.appendingPathComponent("model")).encoded()).write(to: file)
    func rows(_ model: URL, _ precision: Precision) throws -> (rows: [Float], tokens: [[Int32]]) {
      var configuration = IndexConfig()
      configuration.runPath = scratch.url.appendingPathComponent(UUID().uuidString).path
      configuration.model = model.path
      configuration.precision = precision
      configuration.data.dataset = root.appendingPathComponent("data.jsonl").path
      configuration.data.truncation = true
      configuration.projectionDim = 4
      let inputs = try CollectionInputs(configuration, RunContext())
      _ = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
      let index = try GradientIndex(opening: URL(fileURLWithPath: configuration.runPath))
      return (index.allRows(), try inputs.tokens.rows.map(\.ids))
    }
    for precision in [Precision.auto, .bf16, .int8] {
      let (own, directory) = (
        try rows(file, precision), try rows(root.appendingPathComponent("model"), precision)
      )
      #expect(own.tokens == directory.tokens)
      #expect(own.rows.contains { $0 != 0 })
      #expect(own.rows.map(\.bitPattern) == directory.rows.map(\.bitPattern))
    }
  }

  @Test func weightsAreReadInTheWidthThatAllMatricesHave() throws {
    let scratch = try CheckpointScratch()
    var file = GGUFBytes.tiny()
    #expect(
      try LoadedModel(path: scratch.write(file.encoded(), to: "a.gguf").path, precision: .auto).precision == .fp32)
    for index in file.tensors.indices where file.tensors[index].dimensions.count == 2 {
      let count = file.tensors[index].data.count / 4
      file.tensors[index].type = 30
      file.tensors[index].data = [UInt8](repeating: 0x3F, count: 2 * count)
    }
    let half = try LoadedModel(path: scratch.write(file.encoded(), to: "b.gguf").path, precision: .auto)
    #expect(half.precision == .bf16)
  }

  @Test func weightsThatTheModelDoesNotUseAreRefused() throws {
    let scratch = try CheckpointScratch()
    for (name, shape, place) in [
      ("blk.0.attn_norm.bias", [4], "model.layers.0.input_layernorm.bias"),
      ("blk.1.ffn_norm.weight", [4], "model.layers.1.post_attention_layernorm.weight"),
    ] {
      var file = GGUFBytes.tiny()
      file.add(name, shape: shape, [0, 0, 0, 0])
      let url = try scratch.write(file.encoded(), to: "x.gguf")
      #expect(throws: GGUFError.unusedTensor(file: url.path, tensor: place, architecture: "llama")) {
        try LoadedModel(path: url.path, precision: .fp32)
      }
    }
  }

  @Test func digestChangesWithTheWeightsAndNotWithTheMetadata() throws {
    let scratch = try CheckpointScratch()
    func digest(_ file: GGUFBytes) throws -> Digest {
      try LoadedModel(path: scratch.write(file.encoded(), to: "x.gguf").path, precision: .fp32).weightsDigest
    }
    var file = GGUFBytes.tiny()
    let first = try digest(file)
    file["general.name"] = .string("another")
    file.tensors.swapAt(0, 5)
    #expect(try digest(file) == first)
    file.tensors[3].data[2] ^= 1
    #expect(try digest(file) != first)
  }

  @Test func directoryWithOneFileIsThatFile() throws {
    let scratch = try CheckpointScratch()
    let file = try scratch.write(GGUFBytes.tiny().encoded(), to: "model.gguf")
    let loaded = try LoadedModel(path: scratch.url.path, precision: .fp32)
    #expect(loaded.location.standardizedFileURL == file.standardizedFileURL)
    #expect(try Tokenizer(contentsOf: scratch.url).encode("ab").ids == [3])
    #expect(try Tokenizer.digest(of: scratch.url) == Tokenizer.digest(of: file))
    let unnamed = try scratch.write(GGUFBytes.tiny().encoded(), to: "sha256-0123")
    #expect(try LoadedModel(path: unnamed.path, precision: .fp32).weightsDigest == loaded.weightsDigest)
    _ = try scratch.write([], to: "other.gguf")
    let error = GGUFError.severalFiles(directory: scratch.url.path, names: ["model.gguf", "other.gguf"])
    #expect(throws: error) { try LoadedModel(path: scratch.url.path, precision: .fp32) }
    // With a config.json the directory is a model of its own, of which the weights are missing.
    _ = try scratch.write(#"{"model_type": "llama"}"#, to: "config.json")
    let missing = #expect(throws: WeightError.self) { try LoadedModel(path: scratch.url.path, precision: .fp32) }
    #expect(try #require(missing).description.hasSuffix("name it (model.gguf, other.gguf)"))
  }

  @Test func repositoryWithOneFileIsThatFile() throws {
    let files = { (names: [String]) in RepositoryFiles(names: names) { URL(fileURLWithPath: $0) } }
    #expect(try ModelFiles.model(files(["README.md", "config.json", "m.gguf"])) == ["m.gguf"])
    #expect(try ModelFiles.model(files(["config.json", "m.gguf", "model.safetensors"])).contains("model.safetensors"))
    #expect(throws: RepositoryError.severalModels(files: ["a.gguf", "b.gguf"])) {
      try ModelFiles.model(files(["a.gguf", "b.gguf"]))
    }
    let scratch = try CheckpointScratch()
    _ = try scratch.write("{}", to: "config.json")
    _ = try scratch.write(GGUFBytes.tiny().encoded(), to: "m.gguf")
    let hub = OneRepository(repository: ResolvedRepository(directory: scratch.url, commit: "c", files: ["m.gguf"]))
    let loaded = try LoadedModel("owner/name", revision: nil, precision: .fp32, from: hub)
    #expect(loaded.location.lastPathComponent == "m.gguf" && loaded.commit == "c")
  }

  /// A hub that has one repository.
  private struct OneRepository: Repositories {
    let repository: ResolvedRepository

    func model(_ reference: String, revision: String?) -> ResolvedRepository { repository }

    func tokenizer(_ reference: String, revision: String?) -> ResolvedRepository { repository }

    func dataset(
      _ reference: String, revision: String?, choosing: (RepositoryFiles) throws -> [String]
    ) -> ResolvedRepository { repository }
  }
}

extension GGUFBytes {
  /// The fixture with random weights and a byte-level tokenizer, as llama.cpp's converter lays it out.
  fileprivate static func llama(directory: URL) throws -> GGUFBytes {
    let config = try ModelConfiguration(directory: directory)
    let weights = try SafetensorsFile(directory.appendingPathComponent("model.safetensors"))
    var file = GGUFBytes()
    func size(_ key: String) throws -> Value { .uint32(UInt32(try config.integer(key))) }
    file.metadata = [
      ("general.architecture", .string("llama")), ("llama.context_length", try size("max_position_embeddings")),
      ("llama.embedding_length", try size("hidden_size")), ("llama.block_count", try size("num_hidden_layers")),
      ("llama.feed_forward_length", try size("intermediate_size")),
      ("llama.attention.head_count", try size("num_attention_heads")),
      ("llama.attention.head_count_kv", try size("num_key_value_heads")),
      ("llama.attention.layer_norm_rms_epsilon", .float32(1e-5)),
    ]
    try file.addTokenizer(
      directory.appendingPathComponent("tokenizer.json"), model: "gpt2", pre: "gpt-2", addsBeginning: true)
    let names = [
      "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
      "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
      "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
      "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    ]
    for name in weights.names {
      let stem = String(name.dropLast(".weight".count))
      let parts = stem.split(separator: ".", maxSplits: 3).map(String.init)
      let shape = try weights.shape(of: name)
      var values = try weights.floats(name)
      if stem.hasSuffix("q_proj") || stem.hasSuffix("k_proj") {
        // [heads, 2, half, inputs] -> [heads, half, 2, inputs]
        let heads = try config.integer(stem.hasSuffix("q_proj") ? "num_attention_heads" : "num_key_value_heads")
        let (half, inputs) = (shape[0] / heads / 2, shape[1])
        values = (0..<heads).flatMap { head in
          (0..<half).flatMap { pair in
            (0..<2).flatMap { side in
              let row = head * 2 * half + side * half + pair
              return values[row * inputs..<(row + 1) * inputs]
            }
          }
        }
      }
      file.add(names[stem].map { "\($0).weight" } ?? "blk.\(parts[2]).\(names[parts[3]]!).weight", shape: shape, values)
    }
    return file
  }
}
