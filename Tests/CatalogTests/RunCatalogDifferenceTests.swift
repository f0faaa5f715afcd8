import Testing

@testable import Catalog

struct RunCatalogDifferenceTests {
  private let catalog: RunCatalog

  init() throws { catalog = try RunCatalog.inMemory() }

  private func run(_ name: String, _ settings: String, tokens: Double, kernels: String = "Haswell") throws -> String {
    var registration = RunRegistration.sample(path: "/runs/\(name)")
    registration.configYAML = "steps: [{build: {index_cfg: {run_path: /runs/\(name), \(settings)}}}]"
    registration.kernels = kernels
    let run = try catalog.register(registration)
    var results = RunResults()
    results.metrics = [MetricRecord(runID: run.id, name: "tokens", value: tokens, unit: "")]
    results.datasets = [
      RunDatasetRecord(
        runID: run.id, role: .data, path: "d", split: "train", digest: tokens == 1 ? "aa" : "bb", rowCount: 3,
        tokenCount: Int(tokens))
    ]
    try catalog.finish(run.id, results: results)
    return run.id
  }

  @Test func onlyWhatDiffersIsShown() throws {
    let a = try run("a", "model: gpt2, projection_dim: 8", tokens: 1)
    let b = try run("b", "model: gpt2, projection_dim: 16, subset: en", tokens: 2, kernels: "SkylakeX")
    let difference = try catalog.difference(between: [a, b])
    #expect(
      difference.settings == [
        RunDifference.Row(name: "index_cfg.projection_dim", values: [.integer(8), .integer(16)]),
        RunDifference.Row(name: "index_cfg.subset", values: [nil, .text("en")]),
      ])
    #expect(difference.circumstances.map(\.name) == ["data digest", "data tokens", "kernels"])
    #expect(difference.metrics == [RunDifference.Row(name: "tokens", values: [.real(1), .real(2)])])
  }

  @Test func runsAtOtherPathsWithTheSameSettingsDifferInNothing() throws {
    let a = try run("a", "model: gpt2", tokens: 1)
    let b = try run("b", "model: gpt2", tokens: 1)
    #expect(try catalog.difference(between: [a, b, a]).isEmpty)
    #expect(throws: RunCatalogError.noSuchRun("f")) { try catalog.difference(between: [a, "f"]) }
  }
}
