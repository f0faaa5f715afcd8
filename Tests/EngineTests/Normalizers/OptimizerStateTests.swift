import Foundation
import Testing

@testable import Engine

/// States that torch and bitsandbytes wrote for a tiny Llama: `Tests/Fixtures/normalizers/make.py`.
struct OptimizerStateTests {
  private let model: any CausalLM

  init() throws {
    model = try LoadedModel(path: ArchitectureTests.root.appendingPathComponent("llama").path, precision: .fp32).model
  }

  private static func fixture(_ name: String) -> URL { checkpointFixture("normalizers", name) }

  private func set(_ name: String) throws -> NormalizerSet {
    try OptimizerState(Self.fixture(name)).normalizers(of: model)
  }

  /// By name or by number, whatever the form of the file.
  @Test(arguments: [
    ("two_groups.pt", "two_groups.safetensors"), ("two_groups_legacy.pt", "two_groups.safetensors"),
    ("named.pt", "named.safetensors"),
  ])
  func everyFormOfAStateHasTheSameMoments(state: String, names: String) throws {
    let set = try set(state)
    #expect(Set(set.moments.keys) == Set(model.modules.map(\.name)))
    #expect(set.moments.values.allSatisfy { $0.bias != nil })
    #expect(try set.digest == self.set(names).digest)
  }

  @Test func eightBitsAreDequantised() throws {
    let (found, expected) = (try set("eight_bits.pt"), try set("eight_bits.safetensors"))
    #expect(found.digest == expected.digest)
  }

  @Test func torchsOwnAdafactorIsRead() throws {
    let set = try set("torch_adafactor.pt")
    for module in model.modules {
      guard case .factored(let row, let column) = try #require(set.moments[module.name]).weight else {
        Issue.record("\(module.name) has no rows and columns")
        continue
      }
      #expect(row.count == module.outputs && column.count == module.inputs)
      // Both are means of the same squares.
      let (r, c) = (row.reduce(0, +) / Float(row.count), column.reduce(0, +) / Float(column.count))
      #expect(abs(r - c) <= 1e-4 * r)
    }
  }

  @Test func anotherOptimizerIsNamed() throws {
    let error = #expect(throws: OptimizerStateError.self) { try set("sgd.pt") }
    #expect("\(error.map { "\($0)" } ?? "")".contains("no second moments"))
  }

  @Test func aStateOfAnotherModelIsRefused() throws {
    let other = try LoadedModel(path: FixtureSet.gpt2.path("model"), precision: .fp32).model
    #expect(throws: OptimizerStateError.self) {
      try OptimizerState(Self.fixture("two_groups.pt")).normalizers(of: other)
    }
    #expect(throws: OptimizerStateError.self) {
      try OptimizerState(Self.fixture("named.safetensors")).normalizers(of: other)
    }
  }

  /// Weights under the names of their moments: some are negative.
  @Test func weightsAreNoSecondMoments() throws {
    let weights = ArchitectureTests.root.appendingPathComponent("llama/model.safetensors")
    #expect(throws: NormalizerError.self) { try OptimizerState(weights).normalizers(of: model) }
  }

  @Test func aDirectoryMayHoldTheStateWholeOrInShards() throws {
    let scratch = try CheckpointScratch()
    #expect(throws: OptimizerStateError.noOptimizer(directory: scratch.url.path, found: [])) {
      try OptimizerState(scratch.url)
    }
    let source = try SafetensorsFile(Self.fixture("named.safetensors"))
    for (shard, names) in [source.names.prefix(7), source.names.dropFirst(7)].enumerated() {
      var writer = SafetensorsWriter()
      for name in names { writer.add(name, shape: try source.shape(of: name), try source.floats(name)) }
      try writer.write(to: scratch.file("optimizer-0000\(shard + 1)-of-00002.safetensors"))
    }
    #expect(try OptimizerState(scratch.url).normalizers(of: model).digest == set("named.safetensors").digest)
    try FileManager.default.removeItem(at: scratch.file("optimizer-00002-of-00002.safetensors"))
    #expect(throws: OptimizerStateError.shardsMissing(directory: scratch.url.path, found: 1, expected: 2)) {
      try OptimizerState(scratch.url)
    }
    try FileManager.default.copyItem(at: Self.fixture("two_groups.pt"), to: scratch.file("optimizer.pt"))
    #expect(try OptimizerState(scratch.url).normalizers(of: model).digest == set("two_groups.pt").digest)
  }

  /// In torch's order, under torch's names: what numbers in a state mean.
  @Test(arguments: ArchitectureTests.names) func parametersAreInTorchsOrder(name: String) throws {
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: Self.fixture("parameters.json")))
    let all = try #require(json as? [String: [[Any]]])
    let model = try LoadedModel(
      path: ArchitectureTests.root.appendingPathComponent(name).path, precision: .fp32
    ).model
    let expected = try #require(all[name])
    #expect(model.parameters.map(\.name) == expected.map { $0[0] as? String })
    #expect(model.parameters.map(\.shape) == expected.map { $0[1] as? [Int] })
  }

  @Test(arguments: [(600, 3, 256), (4097, 3, 2048), (5000, 1, 5000), (10, 1, 256)])
  func blocksFollowFromTheNumberOfMaxima(count: Int, maxima: Int, size: Int) throws {
    let quantized = try QuantizedMoments(count: count, map: 256, maxima: maxima) { QuantizedError(reason: $0) }
    #expect(quantized.blockSize == size)
  }

  private struct QuantizedError: Error { let reason: String }

  @Test(arguments: [(600, 2, 256), (600, 3, 255), (600, 0, 256)])
  func otherNumbersOfMaximaAreRefused(count: Int, maxima: Int, map: Int) {
    #expect(throws: QuantizedError.self) {
      try QuantizedMoments(count: count, map: map, maxima: maxima) { QuantizedError(reason: $0) }
    }
  }

  @Test func noPrefixAndNoChangedByteOfAStateCrashes() throws {
    let whole = [UInt8](try Data(contentsOf: Self.fixture("eight_bits.pt")))
    let scratch = try CheckpointScratch()
    var refused = 0
    for position in stride(from: 0, to: whole.count, by: 37) {
      var bytes = whole
      bytes[position] ^= 0xff
      for content in [bytes, Array(whole[..<position])] {
        let url = try scratch.write(content, to: "x.pt")
        do { _ = try OptimizerState(url).normalizers(of: model) } catch { refused += 1 }
      }
    }
    #expect(refused > whole.count / 37)
  }
}
