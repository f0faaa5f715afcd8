import Foundation
import Testing

@testable import Engine

/// Frequencies of settings that published models have, against what transformers makes of them:
/// `Tests/Fixtures/architectures/rotary.json`.
struct RotaryScalingTests {
  private struct Reference {
    let configuration: ModelConfiguration
    let headSize: Int
    let maximumPositions: Int
    let values: [Double]
    let magnitude: Double
    let beyond: Int?
    let long: [Double]?
  }

  static let names = [
    "llama_3.1", "llama_linear", "qwen2.5_yarn", "yarn_mscale", "yarn_untruncated", "yarn_step",
    "yarn_without_factor", "phi_3", "phi_4_mini",
  ]

  private static func cases() throws -> [String: Any] {
    let file = ArchitectureTests.root.appendingPathComponent("rotary.json")
    return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }

  private func reference(_ name: String, in scratch: Scratch) throws -> Reference {
    let entry = try #require(try Self.cases()[name] as? [String: Any])
    let settings = try #require(entry["config"] as? [String: Any])
    let file = scratch.url.appendingPathComponent("config.json")
    try JSONSerialization.data(withJSONObject: settings).write(to: file)
    let sizes = try #require(settings["hidden_size"] as? Int) / #require(settings["num_attention_heads"] as? Int)
    return Reference(
      configuration: try ModelConfiguration(file: file), headSize: sizes,
      maximumPositions: settings["max_position_embeddings"] as? Int ?? 2048,
      values: try #require(entry["values"] as? [Double]), magnitude: try #require(entry["magnitude"] as? Double),
      beyond: entry["beyond"] as? Int, long: entry["long"] as? [Double])
  }

  @Test func everyRecordedCaseIsTested() throws {
    #expect(try Self.cases().keys.sorted() == Self.names.sorted())
  }

  @Test(arguments: names) func frequenciesEqualTheReference(name: String) throws {
    let scratch = try Scratch()
    let reference = try reference(name, in: scratch)
    let settings = try RotarySettings(
      reference.configuration, headSize: reference.headSize, maximumPositions: reference.maximumPositions,
      family: name.hasPrefix("phi") ? Phi3.rotary : .init())
    let frequencies = settings.frequencies
    // Powers differ by an ulp of float32, and a few more roundings follow.
    let tolerance = 3e-7
    #expect(frequencies.values.count == reference.values.count)
    for (own, value) in zip(frequencies.values, reference.values) {
      #expect(abs(Double(own) / value - 1) < tolerance, "\(own), expected \(value)")
    }
    #expect(abs(frequencies.magnitude - reference.magnitude) < 1e-12)
    #expect(frequencies.long?.beyond == reference.beyond)
    let long = frequencies.long?.values ?? []
    #expect(long.count == reference.long?.count ?? 0)
    for (own, value) in zip(long, reference.long ?? []) {
      #expect(abs(Double(own) / value - 1) < tolerance, "long: \(own), expected \(value)")
    }
  }
}
