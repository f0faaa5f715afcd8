import Foundation
import Testing

@testable import Engine

/// A set of reference numbers in `Tests/Fixtures`: a tiny model with its data, and what the Python tool computes from
/// them.
struct FixtureSet: CustomTestStringConvertible {
  let root: URL

  static let gptNeoX = FixtureSet(named: "gpt_neox")
  static let gpt2 = FixtureSet(named: "gpt2")
  static let llama = FixtureSet(named: "llama")
  static let llamaTied = FixtureSet(named: "llama_tied")

  init(named name: String) {
    root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
  }

  init(root: URL) { self.root = root }

  var testDescription: String { root.lastPathComponent }

  func path(_ name: String) -> String { root.appendingPathComponent(name).path }

  /// `expected_v2/build` and the like.
  func fixtureCase(_ name: String) throws -> FixtureCase { try FixtureCase(set: self, name: name) }
}

/// One case: settings, results, and how far a float32 run of the reference lies from a float64 one.
struct FixtureCase {
  let set: FixtureSet
  let directory: URL
  private let settings: [String: Any]

  init(set: FixtureSet, name: String) throws {
    self.set = set
    directory = set.root.appendingPathComponent(name)
    settings = try Self.object(directory.appendingPathComponent("case.json"))
  }

  private static func object(_ url: URL) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  }

  var name: String { directory.lastPathComponent }

  /// What the case is, in a line.
  var what: String { settings["what"] as? String ?? "" }

  /// Whether the reference itself fails.
  var isError: Bool { FileManager.default.fileExists(atPath: directory.appendingPathComponent("error.json").path) }

  /// Settings of the case that this version does not have. Decoding passes them over, so that the case would be another.
  func unknownSettings() -> [String] {
    let known = [
      "index_cfg": IndexConfig.CodingKeys.allCases.map(\.rawValue),
      "score_cfg": ScoreConfig.CodingKeys.allCases.map(\.rawValue),
      "hessian_cfg": HessianConfig.CodingKeys.allCases.map(\.rawValue),
    ]
    return known.flatMap { group, keys in
      (settings[group] as? [String: Any] ?? [:]).keys.filter { !keys.contains($0) }
    }.sorted()
  }

  /// Whether the case takes a processor whose normalizers are not among the files.
  var lacksProcessor: Bool {
    guard version == "expected", let index = settings["index_cfg"] as? [String: Any], index["processor_path"] != nil
    else { return false }
    return !FileManager.default.fileExists(atPath: directory.appendingPathComponent("normalizers.pth").path)
  }

  var version: String { directory.deletingLastPathComponent().lastPathComponent }

  /// The settings of a group over this project's defaults, as a configuration.
  private func merged<Configuration: Codable>(_ group: String, over defaults: Configuration) throws -> Configuration {
    let encoded = try JSONSerialization.jsonObject(with: JSONEncoder().encode(defaults))
    var base = try #require(encoded as? [String: Any])
    let given = settings[group] as? [String: Any] ?? [:]
    for (key, value) in given {
      if let inner = value as? [String: Any], let old = base[key] as? [String: Any] {
        base[key] = old.merging(inner) { $1 }
      } else {
        base[key] = value
      }
    }
    return try JSONDecoder().decode(Configuration.self, from: JSONSerialization.data(withJSONObject: base))
  }

  /// Settings with paths made absolute. The v0.9.1 sets were made by projection version 1.
  func indexConfiguration(run: URL) throws -> IndexConfig {
    var defaults = IndexConfig()
    defaults.model = "model"
    defaults.tokenBatchSize = 256
    defaults.data.dataset = "data.jsonl"
    defaults.skipPreconditioners = true
    var configuration = try merged("index_cfg", over: defaults)
    if version == "expected" {
      // This set says so of all its cases.
      if set.root.lastPathComponent == "llama_tied" { defaults.projectionDim = 8 }
      configuration = try merged("index_cfg", over: defaults)
      configuration.projectionVersion = 1
      configuration.projectionScale = .rowNorm
      configuration.skipPreconditioners = true
      configuration.skipIndex = false
      configuration.data = try merged("data", over: configuration.data)
    }
    configuration.model = set.path(configuration.model)
    configuration.data.dataset = set.path(configuration.data.dataset)
    if !configuration.optimizerState.isEmpty {
      configuration.optimizerState = set.path(configuration.optimizerState)
    }
    if !configuration.data.formatTemplate.isEmpty {
      configuration.data.formatTemplate = set.path(configuration.data.formatTemplate)
    }
    // The processors of version 0.9.1 are kept with the index that was made with them.
    if version == "expected", !configuration.processorPath.isEmpty { configuration.processorPath = directory.path }
    configuration.runPath = run.path
    configuration.workers = 2
    return configuration
  }

  func preprocessConfiguration() throws -> PreprocessConfig {
    var configuration = try merged("preprocess_cfg", over: PreprocessConfig())
    let given = settings["preprocess_cfg"] as? [String: Any]
    if let path = given?["hessian_path"] as? String {
      configuration.preconditionerPath = directory.deletingLastPathComponent().appendingPathComponent(path).path
    }
    return configuration
  }

  func hessianConfiguration() throws -> HessianConfig { try merged("hessian_cfg", over: HessianConfig()) }

  /// The settings of the `ekfac` command that are its own.
  struct PipelineConfiguration: Decodable {
    struct Query: Decodable {
      let dataset: String
      let aggregation: Aggregation?
    }

    let query: Query
    let inversion: InversionConfig?

    enum CodingKeys: String, CodingKey {
      case query
      case inversion = "inversion_cfg"
    }
  }

  func pipelineConfiguration() throws -> PipelineConfiguration {
    let group = try #require(settings["hessian_pipeline_cfg"])
    return try JSONDecoder().decode(PipelineConfiguration.self, from: JSONSerialization.data(withJSONObject: group))
  }

  /// What `summary.json` of a Hessian case tells of all modules.
  struct HessianSummary: Decodable {
    let totalProcessed: Int
    let traces: [String: [String: Double]]
    let sums: [String: [String: Double]]

    enum CodingKeys: String, CodingKey {
      case traces, sums
      case totalProcessed = "total_processed"
    }
  }

  func summary() throws -> HessianSummary {
    try JSONDecoder().decode(
      HessianSummary.self, from: Data(contentsOf: directory.appendingPathComponent("summary.json")))
  }

  func scoreConfiguration() throws -> ScoreConfig {
    var configuration = try merged("score_cfg", over: ScoreConfig())
    let siblings = directory.deletingLastPathComponent()
    configuration.queryPath = siblings.appendingPathComponent(configuration.queryPath).path
    if !configuration.candidates.scores.isEmpty {
      configuration.candidates.scores = siblings.appendingPathComponent(configuration.candidates.scores).path
    }
    return configuration
  }

  func array(_ name: String) throws -> NumPyArray<Float> {
    try NumPyArray<Float>(contentsOf: directory.appendingPathComponent(name))
  }

  /// The results that a distance is recorded for, in alphabetical order.
  func results() throws -> [String] {
    try Self.object(directory.appendingPathComponent("tolerance.json")).keys.sorted()
  }

  /// The recorded distance between float32 and float64, relative to the largest value and to each row's norm.
  func tolerance(_ result: String) throws -> (overMaximum: Double, rowRelative: Double)? {
    let url = directory.appendingPathComponent("tolerance.json")
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    guard let entry = try Self.object(url)[result] as? [String: Double] else { return nil }
    return (try #require(entry["max_abs_over_max_ref"]), try #require(entry["max_row_relative_l2"]))
  }
}

/// How far two matrices lie apart, in the measures of `tolerance.json`.
struct Distance: CustomStringConvertible {
  var overMaximum = 0.0
  var rowRelative = 0.0

  init(_ values: [Float], _ reference: [Float], columns: Int) {
    guard values.count == reference.count else {
      (overMaximum, rowRelative) = (.infinity, .infinity)
      return
    }
    let largest = reference.reduce(0) { max($0, Double(abs($1))) }
    for start in stride(from: 0, to: values.count, by: max(columns, 1)) {
      var (difference, norm) = (0.0, 0.0)
      for i in start..<min(start + columns, values.count) {
        let d = Double(values[i]) - Double(reference[i])
        overMaximum = max(overMaximum, abs(d) / max(largest, .leastNormalMagnitude))
        difference += d * d
        norm += Double(reference[i]) * Double(reference[i])
      }
      if norm > 0 {
        rowRelative = max(rowRelative, (difference / norm).squareRoot())
      } else if difference > 0 {
        rowRelative = .infinity
      }
      if !difference.isFinite { (overMaximum, rowRelative) = (.infinity, .infinity) }
    }
  }

  var description: String { String(format: "over maximum %.1e, row relative %.1e", overMaximum, rowRelative) }

  /// Both runs round, in different orders, and so does each of a dozen layers: ten times what one run rounds. It holds
  /// for the kernels that the program takes, which `scripts/test` takes too: OpenBLAS's narrowest, without fused
  /// multiply-add, round more, and two ill-conditioned cases then reach fourteen times.
  static let factor = 10.0

  func isWithin(_ tolerance: (overMaximum: Double, rowRelative: Double)) -> Bool {
    let units = max(Self.units(overMaximum, tolerance.overMaximum), Self.units(rowRelative, tolerance.rowRelative))
    ConformanceMeter.current?.add(units)
    return units <= Self.factor
  }

  /// The same for rows of which some are next to zero: what counts is their distance in units of the largest value.
  func isWithinOverMaximum(_ tolerance: (overMaximum: Double, rowRelative: Double)) -> Bool {
    let units = Self.units(overMaximum, tolerance.overMaximum)
    ConformanceMeter.current?.add(units)
    return units <= Self.factor
  }

  /// Two float32 runs that agree to the bit are at distance 0, whatever was recorded.
  private static func units(_ distance: Double, _ recorded: Double) -> Double {
    distance == 0 ? 0 : distance / recorded
  }
}

/// A directory that is gone when the test is over.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("bergson-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
