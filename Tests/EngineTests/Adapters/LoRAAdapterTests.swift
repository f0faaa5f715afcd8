import Foundation
import Testing

@testable import Engine

/// Adapters on models against float64 autograd of PEFT's own code.
struct LoRAAdapterTests {
  @Test(arguments: ["gpt2", "qwen2", "llama_head", "llama_embedding"])
  func logitsLossesAndGradientsEqualTheReference(name: String) throws {
    let directory = AdapterFixtures.folder.appendingPathComponent(name)
    let loaded = try LoadedModel(path: directory.path, precision: .fp32)
    #expect(loaded.adapter?.path == directory.standardizedFileURL.path)
    try TorchReference(folder: directory).compare(loaded.model, folder: directory)
  }

  /// The base model's parameters, A and B of the targets, and a head that is no longer tied.
  @Test func everyParameterIsCounted() throws {
    let base = try LoadedModel(path: AdapterFixtures.model("llama_tied"), precision: .fp32).model
    let adapted = try LoadedModel(path: AdapterFixtures.path("llama_head"), precision: .fp32).model
    let matrices = adapted.modules.reduce(0) { $0 + $1.outputs * $1.inputs }
    #expect(adapted.parameterCount == base.parameterCount + matrices + 40 * 16)
  }

  /// Only B of the last layer is wanted: the pass ends there, with the same numbers.
  @Test func oneModuleAloneHasTheGradientThatItHasAmongAll() throws {
    let model = try LoadedModel(path: AdapterFixtures.path("qwen2"), precision: .fp32).model
    let ids: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6]
    let batch = RaggedBatch([(document: 0, ids: ids, labels: ids)])
    func row(_ modules: [Int]) -> (GradientRecipe, [Float]) {
      let recipe = GradientRecipe(
        descriptions: model.modules, modules: modules, projection: nil, target: .perModule, includeBias: true)
      let collector = GradientCollector(recipe: recipe)
      let row = FloatStorage(count: recipe.rowWidth).matrix(1, recipe.rowWidth)
      collector.begin(batch, rows: row)
      _ = model.forwardBackward(batch, loss: LossSettings(), collector: collector, arena: Arena())
      return (recipe, row.toArray())
    }
    let (all, whole) = row(Array(model.modules.indices))
    for module in [0, 1, model.modules.count - 2, model.modules.count - 1] {
      #expect(row([module]).1 == Array(whole[all.blocks[module].columns]), "\(model.modules[module].name)")
    }
  }

  @Test func theDigestIsThatOfBaseAdapterAndScale() throws {
    func digest(_ change: (inout [String: Any]) -> Void) throws -> Digest {
      let scratch = try Scratch()
      let adapter = try AdapterFixtures.copy("llama_embedding", of: "llama_tied", to: scratch)
      try AdapterFixtures.edit(adapter, change)
      return try LoadedModel(path: adapter.path, precision: .fp32).weightsDigest
    }
    let own = try digest { _ in }
    #expect(try own == LoadedModel(path: AdapterFixtures.path("llama_embedding"), precision: .bf16).weightsDigest)
    #expect(try own == digest { $0["lora_dropout"] = 0.5 })
    #expect(try own != digest { $0["lora_alpha"] = 5 })
    #expect(try own != LoadedModel(path: AdapterFixtures.path("llama_head"), precision: .fp32).weightsDigest)
    #expect(try own != LoadedModel(path: AdapterFixtures.model("llama_tied"), precision: .fp32).weightsDigest)
  }

  /// 1 + 2^-9 lies between two values of bfloat16.
  @Test(
    arguments: [(Precision.fp32, 1 + 0x1p-9), (.bf16, 1), (.fp16, 1 + 0x1p-9), (.int4, 1 + 0x1p-9)]
      as [(Precision, Float)])
  func matricesHaveThePrecisionOfTheBaseModel(precision: Precision, expected: Float) throws {
    let scratch = try Scratch()
    var writer = SafetensorsWriter()
    writer.add("base_model.model.m.q.lora_A.weight", shape: [1, 2], [1 + 0x1p-9, 1])
    writer.add("base_model.model.m.q.lora_B.weight", shape: [1, 1], [1 + 0x1p-9])
    try writer.write(to: scratch.url.appendingPathComponent("adapter_model.safetensors"))
    let configuration = try LoRAConfiguration(
      ModelConfiguration(flag: "test", members: ["r": .integer(1), "target_modules": .array([.string("q")])]))
    let adapter = try LoRAAdapter(configuration, directory: scratch.url, architecture: "llama")
    let update = try #require(try adapter.update(of: "m.q", outputs: 1, inputs: 2, precision: precision))
    #expect(update.a[0, 0] == expected && update.b[0, 0] == expected)
  }

  /// No part of what an adapter has may be left out in silence, nor anything that it should have.
  private static let misfits: [(change: String, words: [String])] = [
    ("no weights", ["neither adapter_model.safetensors nor adapter_model.bin"]),
    ("fewer targets", ["model.layers.1.mlp.down_proj.lora_A.weight", "target_modules"]),
    ("more targets", ["no tensor 'base_model.model.model.layers.0.mlp.up_proj.lora_A.weight'", "target_modules"]),
    ("other rank", ["lora_A.weight'", "has shape [2, 24], expected [3, 24]"]),
    ("no target", ["(nothing)", "model.layers.0.self_attn.q_proj", "(14 in all)"]),
    ("a container", ["adapts 'model.layers.0.self_attn'"]), ("a head", ["adapts 'lm_head'"]),
    ("an embedding", ["adapts 'model.embed_tokens'"]), ("a norm", ["adapts 'model.layers.0.input_layernorm'"]),
    ("more saved modules", ["no tensor 'base_model.model.model.norm.weight'", "modules_to_save"]),
    ("fewer saved modules", ["no tensor 'base_model.model.lm_head.weight'", "modules_to_save"]),
    ("a stranger", ["base_model.model.head.weight", "does not put on any linear module"]),
    ("another base", ["is the adapter for this base model?"]),
  ]

  @Test(arguments: misfits) func anAdapterThatDoesNotFitIsNamed(change: String, words: [String]) throws {
    let scratch = try Scratch()
    let adapter = try AdapterFixtures.copy("llama_head", of: "llama_tied", to: scratch)
    let weights = adapter.appendingPathComponent("adapter_model.safetensors")
    let targets = ["q_proj", "down_proj"]
    try AdapterFixtures.edit(adapter) { object in
      switch change {
      case "fewer targets": object["target_modules"] = ["q_proj"]
      case "more targets": object["target_modules"] = targets + ["up_proj"]
      case "other rank": object["rank_pattern"] = ["down_proj": 3]
      case "no target": object["target_modules"] = ["nothing"]
      case "a container": object["target_modules"] = targets + ["self_attn"]
      case "a head":
        object["target_modules"] = targets + ["lm_head"]
        object["modules_to_save"] = ["embed_tokens", "layers.0.input_layernorm"]
      case "an embedding":
        object["target_modules"] = targets + ["embed_tokens"]
        object["modules_to_save"] = ["lm_head", "layers.0.input_layernorm"]
      case "a norm":
        object["target_modules"] = targets + ["input_layernorm"]
        object["modules_to_save"] = ["lm_head", "embed_tokens"]
      case "more saved modules": object["modules_to_save"] = ["lm_head", "embed_tokens", "model.norm"]
      case "a stranger": object["modules_to_save"] = ["embed_tokens", "layers.0.input_layernorm"]
      case "another base": object["base_model_name_or_path"] = AdapterFixtures.model("llama")
      default: break
      }
    }
    switch change {
    case "no weights": try FileManager.default.removeItem(at: weights)
    case "fewer saved modules": try rewrite(weights) { $0 == "base_model.model.lm_head.weight" ? nil : $0 }
    case "a stranger": try rewrite(weights) { $0.replacing("lm_head.weight", with: "head.weight") }
    default: break
    }
    let error = try #require(throws: (any Error).self) { try LoadedModel(path: adapter.path, precision: .fp32) }
    for word in words { #expect("\(error)".contains(word), "\(error)") }
  }

  /// Renames the tensors of a file, and leaves out those without a new name.
  private func rewrite(_ file: URL, _ rename: (String) -> String?) throws {
    let old = try SafetensorsFile(file)
    var writer = SafetensorsWriter()
    for name in old.names {
      guard let new = rename(name) else { continue }
      writer.add(new, shape: try old.shape(of: name), try old.floats(name))
    }
    // Not over the map that the values come from.
    let other = file.appendingPathExtension("new")
    try writer.write(to: other)
    try FileManager.default.removeItem(at: file)
    try FileManager.default.moveItem(at: other, to: file)
  }
}
