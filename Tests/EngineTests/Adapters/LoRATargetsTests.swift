import Foundation
import Testing

@testable import Engine

/// Against what PEFT adapts: `Tests/Fixtures/adapters/targets.json`.
struct LoRATargetsTests {
  private struct Target: Equatable {
    let name: String
    let rank: Int
    let scale: Float
  }

  @Test func everySettingChoosesTheModulesOfPEFT() throws {
    let map = try MemoryMap(AdapterFixtures.folder.appendingPathComponent("targets.json"))
    let cases = try #require(try JSONParser.parse(map.bytes).array)
    #expect(cases.count > 20)
    var linears: [String: [String]] = [:]
    for fixture in cases {
      let architecture = try #require(fixture["architecture"]?.string)
      if linears[architecture] == nil { linears[architecture] = try AdapterFixtures.linears(architecture).map(\.name) }
      let settings = try #require(fixture["settings"]?.object)
      let targets = try LoRATargets(
        LoRAConfiguration(ModelConfiguration(flag: "settings", members: settings)), architecture: architecture)
      let found = try linears[architecture, default: []].filter { try targets.contains($0, isLinear: true) }.map {
        name in
        let (rank, scale) = try targets.size(of: name)
        return Target(name: name, rank: rank, scale: scale)
      }
      let expected = try (fixture["modules"]?.array ?? []).map { module in
        let scale: Double? =
          switch module["scale"] {
          case .number(let number)?: number
          case .integer(let number)?: Double(number)
          default: nil
          }
        return try Target(
          name: #require(module["name"]?.string), rank: #require(module["rank"]?.integer),
          scale: Float(#require(scale)))
      }
      #expect((fixture["error"] != nil) == expected.isEmpty)
      #expect(found == expected, "\(architecture) \(settings.map { "\($0.key): \($0.value)" })")
    }
  }

  @Test func anArchitectureWithoutDefaultNeedsTargets() throws {
    let configuration = try LoRAConfiguration(ModelConfiguration(flag: "f", members: [:]))
    #expect(throws: AdapterError.noDefaultTargets(source: "f", architecture: "phi3")) {
      try LoRATargets(configuration, architecture: "phi3")
    }
  }
}
