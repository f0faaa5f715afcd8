import Foundation
import Testing

@testable import Engine

struct ProcessorConfigTests {
  private func read(_ text: String) throws -> ProcessorConfig {
    try IndexTestSupport.withScratch { scratch in
      let url = scratch.appendingPathComponent(ProcessorConfig.fileName)
      try FileWriter.write(text, to: url)
      return try ProcessorConfig(contentsOf: url)
    }
  }

  @Test func theNewestReleaseIsReadAndWrittenByteForByte() throws {
    let url = IndexTestSupport.fixture("gradients_v2/processor_config.yaml")
    let config = try ProcessorConfig(contentsOf: url)
    #expect(config == ProcessorConfig(projectionDim: 8))
    #expect(try config.yaml == String(contentsOf: url, encoding: .utf8))
  }

  @Test func aFileOfTheOldReleaseMeansItsProjections() throws {
    let config = try ProcessorConfig(contentsOf: IndexTestSupport.fixture("gradients_v1/processor_config.yaml"))
    #expect(config == ProcessorConfig(projectionDim: 8, projectionScale: .rowNorm, projectionVersion: 1))
  }

  @Test func everySettingComesBack() throws {
    let config = ProcessorConfig(
      projectionDim: 0, reshapeToSquare: true, projectionType: .normal, projectionTarget: .global,
      projectionScale: .rowNorm, includeBias: true, projectionSeed: -3, projectionVersion: 1)
    #expect(try read(config.yaml) == config)
    #expect(try JSONDecoder().decode(ProcessorConfig.self, from: JSONEncoder().encode(config)) == config)
  }

  @Test func noProjectionMayBeSpelledNull() throws {
    #expect(try read("projection_dim: null\nprojection_scale: jl\nprojection_version: 2\n").projectionDim == 0)
  }

  @Test(arguments: [
    ("projection_type: gaussian", "has projection_type: gaussian, expected rademacher, normal"),
    ("projection_scale: 3", "has projection_scale: 3, expected jl, row_norm"),
    ("projection_target: all", "has projection_target: all, expected per_module, global"),
    ("projection_dim: -1", "has projection_dim: -1, expected a whole number from 0"),
    ("projection_dim: many", "has projection_dim: many"),
    ("include_bias: 1", "has include_bias: 1, expected true or false"),
    ("projection_seed: 1.5", "has projection_seed: 1.5, expected a whole number"),
    ("projection_version: 3", "has projection_version: 3, expected 1 or 2"),
    ("projection_kind: x", "has the setting 'projection_kind', which this version does not know"),
    ("- a", "is no mapping of settings"),
    ("", "is no mapping of settings"),
    ("a: [", "is no valid YAML"),
  ])
  func whatIsNotUnderstoodIsNamed(text: String, reason: String) {
    let error = #expect(throws: IndexFileError.self) { try read(text) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
    #expect(error?.description.contains("processor_config.yaml") == true)
  }

  @Test func theFirstDifferenceIsNamedWithBothValues() {
    let ours = ProcessorConfig()
    #expect(ours.firstDifference(from: ours) == nil)
    var theirs = ours
    theirs.projectionVersion = 1
    theirs.projectionSeed = 0
    #expect(ours.firstDifference(from: theirs) == .init(key: "projection_seed", ours: "none", theirs: "0"))
  }

  @Test(arguments: ProcessorConfig.CodingKeys.allCases)
  func noSettingIsLeftOutOfTheComparison(key: ProcessorConfig.CodingKeys) {
    var other = ProcessorConfig()
    switch key {
    case .projectionDim: other.projectionDim = 1
    case .reshapeToSquare: other.reshapeToSquare = true
    case .projectionType: other.projectionType = .normal
    case .projectionTarget: other.projectionTarget = .global
    case .projectionScale: other.projectionScale = .rowNorm
    case .includeBias: other.includeBias = true
    case .projectionSeed: other.projectionSeed = 1
    case .projectionVersion: other.projectionVersion = 1
    case .normalizers: other.normalizers = "d"
    }
    #expect(ProcessorConfig().firstDifference(from: other)?.key == key.rawValue)
  }
}
