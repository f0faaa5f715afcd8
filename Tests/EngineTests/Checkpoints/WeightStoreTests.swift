import Foundation
import Testing

@testable import Engine

struct WeightStoreTests {
  private func writeShard(_ url: URL, _ tensors: [String: [Float]], metadata: [String: String] = [:]) throws {
    var writer = SafetensorsWriter(metadata: metadata)
    for (name, values) in tensors { writer.add(name, shape: [values.count], values) }
    try writer.write(to: url)
  }

  private func index(_ map: [String: String]) -> String {
    JSONValue.object(["weight_map": .object(JSONObject(map.mapValues { .string($0) }))]).canonicalText
  }

  @Test func tensorsAreFoundByPath() throws {
    let scratch = try CheckpointScratch()
    var writer = SafetensorsWriter()
    writer.add("gpt_neox.layers.1.attention.dense.weight", shape: [2, 1], [Float(3), 4])
    writer.add("gpt_neox.bias", shape: [1], [Float(5)])
    try writer.write(to: scratch.file("model.safetensors"))
    let weights = try WeightStore(directory: scratch.url)

    let layer = weights.at("gpt_neox").at("layers", 1)
    #expect(layer.prefix == "gpt_neox.layers.1")
    #expect(layer.contains("attention.dense.weight"))
    #expect(try layer.shape(of: "attention.dense.weight") == [2, 1])
    #expect(weights.unused == ["gpt_neox.bias", "gpt_neox.layers.1.attention.dense.weight"])
    #expect(try layer.at("attention").tensor("dense.weight", shape: [2, 1]) == [3, 4])
    #expect(weights.unused == ["gpt_neox.bias"])
    #expect(try weights.root.tensor("gpt_neox.bias", shape: [1]) == [5])
    #expect(weights.unused == [])
  }

  @Test func errorsPrintTheFullPathAndBothShapes() throws {
    let scratch = try CheckpointScratch()
    let file = scratch.file("model.safetensors")
    try writeShard(file, ["h.0.attn.weight": [1, 2, 3]])
    let weights = try WeightStore(directory: scratch.url)
    let shapeError = #expect(throws: WeightError.self) {
      try weights.at("h", 0).tensor("attn.weight", shape: [3, 1])
    }
    #expect(
      shapeError?.description == "tensor 'h.0.attn.weight' of '\(file.path)' has shape [3], expected [3, 1];"
        + " does config.json belong to these weights?")
    let missing = #expect(throws: WeightError.self) {
      try weights.at("transformer").at("h", 0).tensor("attn.weight", shape: [3])
    }
    #expect(
      missing?.description
        == "'\(file.path)' has no tensor 'transformer.h.0.attn.weight'; did you mean 'h.0.attn.weight'?")
  }

  @Test func shardsAreReadThroughTheirIndex() throws {
    let scratch = try CheckpointScratch()
    try writeShard(scratch.file("model-1.safetensors"), ["a": [1]])
    try writeShard(scratch.file("model-2.safetensors"), ["b": [2, 3]])
    _ = try scratch.write(
      index(["a": "model-1.safetensors", "b": "model-2.safetensors"]), to: "model.safetensors.index.json")
    let weights = try WeightStore(directory: scratch.url)
    #expect(weights.names == ["a", "b"])
    #expect(try weights.root.tensor("b", shape: [2]) == [2, 3])
  }

  @Test func theDigestSeesTensorsAndNotFiles() throws {
    let (whole, sharded, changed) = (try CheckpointScratch(), try CheckpointScratch(), try CheckpointScratch())
    try writeShard(whole.file("model.safetensors"), ["a": [1], "b": [2, 3]], metadata: ["format": "pt"])
    try writeShard(sharded.file("x.safetensors"), ["b": [2, 3]])
    try writeShard(sharded.file("y.safetensors"), ["a": [1]])
    _ = try sharded.write(index(["a": "y.safetensors", "b": "x.safetensors"]), to: "model.safetensors.index.json")
    try writeShard(changed.file("model.safetensors"), ["a": [1], "b": [2, Float(3).nextUp]])

    let digest = try WeightStore(directory: whole.url).digest()
    #expect(try WeightStore(directory: sharded.url).digest() == digest)
    #expect(try WeightStore(directory: changed.url).digest() != digest)
    // The stream is the format that keys in catalogs depend on: a change of it needs a new version line.
    let bytes = [Float(1), 2, 3].map { withUnsafeBytes(of: $0) { Array($0) } }
    let stream =
      Array("bergson weights 1\n1 a F32 [1]\n".utf8) + bytes[0] + Array("1 b F32 [2]\n".utf8) + bytes[1] + bytes[2]
    #expect(digest == Digest.sha256(stream))
  }

  @Test func aDirectoryWithoutReadableWeightsSaysWhatItHas() throws {
    let scratch = try CheckpointScratch()
    _ = try scratch.write("", to: "model.gguf")
    #expect(throws: WeightError.noWeights(directory: scratch.url.path, found: ["model.gguf"])) {
      try WeightStore(directory: scratch.url)
    }
  }

  @Test(arguments: ["[]", "{}", "{", #"{"weight_map":{}}"#, #"{"weight_map":{"a":1}}"#])
  func malformedIndexesAreRefused(text: String) throws {
    let scratch = try CheckpointScratch()
    let file = try scratch.write(text, to: "model.safetensors.index.json")
    let error = #expect(throws: WeightError.self) { try WeightStore(directory: scratch.url) }
    guard case .malformedIndex(file.path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: ["../secret.safetensors", "/etc/passwd", "..", ""])
  func anIndexCannotReachOutOfItsDirectory(shard: String) throws {
    let scratch = try CheckpointScratch()
    let file = try scratch.write(index(["a": shard]), to: "model.safetensors.index.json")
    #expect(throws: WeightError.shardOutsideDirectory(file: file.path, shard: shard)) {
      try WeightStore(directory: scratch.url)
    }
  }

  @Test func anIndexMustMatchItsShards() throws {
    let scratch = try CheckpointScratch()
    try writeShard(scratch.file("1"), ["a": [1], "b": [1]])
    try writeShard(scratch.file("2"), ["b": [2]])
    let wrong = try scratch.write(index(["a": "1", "b": "2", "c": "2"]), to: "model.safetensors.index.json")
    #expect(throws: WeightError.missingFromShard(index: wrong.path, tensor: "c", shard: "2")) {
      try WeightStore(directory: scratch.url)
    }
    _ = try scratch.write(index(["a": "1", "b": "2"]), to: "model.safetensors.index.json")
    let (first, second) = (scratch.file("1").path, scratch.file("2").path)
    #expect(throws: WeightError.twoShards(tensor: "b", first: first, second: second)) {
      try WeightStore(directory: scratch.url)
    }
  }
}
