import Foundation
import Testing

@testable import Engine

struct ModelRegistryTests {
  private func load(_ change: (URL) throws -> Void) throws -> LoadedModel {
    let scratch = try Scratch()
    try TinyGPTNeoX().write(TinyGPTNeoX().weights(), to: scratch.url)
    try change(scratch.url)
    return try LoadedModel(path: scratch.url.path, precision: .auto)
  }

  private func edit(_ directory: URL, _ old: String, _ new: String) throws {
    let file = directory.appendingPathComponent("config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains(old))
    try Data(text.replacing(old, with: new).utf8).write(to: file)
  }

  @Test func aModelIsWhatItsTensorsAre() throws {
    let one = try load { _ in }
    #expect(one.architecture == "gpt_neox" && one.precision == .fp32)
    #expect(
      one.model.modules.map(\.name).prefix(2) == ["layers.0.attention.query_key_value", "layers.0.attention.dense"])
    #expect(try load { _ in }.weightsDigest == one.weightsDigest)
    let other = try load { try TinyGPTNeoX().write(TinyGPTNeoX().weights(seed: 2), to: $0) }
    #expect(other.weightsDigest != one.weightsDigest)
  }

  @Test(arguments: [("float32", Precision.fp32), ("bfloat16", .bf16), ("float16", .fp16)])
  func automaticPrecisionIsThatOfTheCheckpoint(dtype: String, precision: Precision) throws {
    #expect(try load { try edit($0, "float32", dtype) }.precision == precision)
  }

  @Test func anUnknownArchitectureIsNamedBesideTheKnown() throws {
    let error = try #require(throws: ModelError.self) { try load { try edit($0, "gpt_neox", "gpt_oops") } }
    #expect(
      "\(error)".contains("model_type 'gpt_oops', which is not supported; supported: gemma2, gpt2, gpt_neox, llama"))
    #expect("\(error)".contains("config.json"))
  }

  @Test func aQuantisedCheckpointIsRefusedByName() throws {
    let error = try #require(throws: ModelError.self) {
      try load {
        try edit($0, "\"vocab_size\"", "\"quantization_config\": {\"quant_method\": \"gptq\"}, \"vocab_size\"")
      }
    }
    #expect("\(error)".contains("quantization_config 'gptq', which is not supported"), "\(error)")
  }

  @Test func aDirectoryThatIsNoneSaysWhatIsNeeded() throws {
    let error = try #require(throws: ModelError.self) { try LoadedModel(path: "/nowhere/at/all", precision: .auto) }
    #expect(error == .noDirectory("/nowhere/at/all"))
    #expect("\(error)".contains("config.json, safetensors weights and tokenizer.json"))
  }

  @Test func aWeightOfAnotherShapeIsNamed() throws {
    let error = try #require(throws: (any Error).self) {
      try load { try edit($0, "\"intermediate_size\": 12", "\"intermediate_size\": 16") }
    }
    #expect("\(error)".contains("gpt_neox.layers.0.mlp.dense_h_to_4h.weight"), "\(error)")
  }
}
