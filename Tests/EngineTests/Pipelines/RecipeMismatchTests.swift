import Foundation
import Testing

@testable import Engine

/// Two runs that do not belong together are refused by name, and nothing is left of the second.
struct RecipeMismatchTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  private func expectScoreError(
    _ parts: [String], _ preprocess: PreprocessConfig = PreprocessConfig(), change: (inout IndexConfig) -> Void
  ) {
    let error = #expect(throws: (any Error).self) {
      _ = try fixture.score("queries", fixture.configuration("scores", change), preprocess)
    }
    for part in parts { #expect("\(error.map { "\($0)" } ?? "")".contains(part)) }
    #expect(fixture.isGone("scores"))
  }

  @Test func anIndexOfAnotherProjectionIsRefused() throws {
    try fixture.build(fixture.configuration("queries"))
    // The field, both values and the path.
    let path = fixture.url("queries").path
    expectScoreError(["query index in '\(path)'", "projection_dim 4", "projection_dim 8", "--projection_dim"]) {
      $0.projectionDim = 8
    }
    expectScoreError(["projection_type rademacher", "projection_type normal"]) { $0.projectionType = .normal }
    expectScoreError(["projection_seed none", "projection_seed 3"]) { $0.projectionSeed = 3 }
    expectScoreError(["include_bias false", "include_bias true"]) { $0.includeBias = true }
  }

  @Test func anIndexOfOtherModulesIsRefused() throws {
    try fixture.build(fixture.configuration("queries") { $0.filterModules = "*.attention.*" })
    let modules = ["layers.0.attention.dense"]
    // Whichever of the two settings names them.
    expectScoreError(["no gradients of 'layers.0.attention.dense'"]) { $0.modules = modules }
    let error = #expect(throws: (any Error).self) {
      _ = try fixture.score("queries", fixture.configuration("scores")) { $0.modules = modules }
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("no gradients of 'layers.0.attention.dense'"))
    #expect(fixture.isGone("scores"))
  }

  @Test func modulesThatAreFilteredOutTakeNoPart() throws {
    try fixture.build(fixture.configuration("queries"))
    let mlp = ["layers.0.mlp.dense_h_to_4h", "layers.0.mlp.dense_4h_to_h", "layers.1.mlp.dense_h_to_4h"]
    _ = try fixture.score("queries", fixture.configuration("named")) { $0.modules = mlp }
    _ = try fixture.score(
      "queries", fixture.configuration("filtered") { $0.filterModules = "*.attention.*,layers.1.mlp.dense_4h_to_h" })
    #expect(try fixture.bytes("named", "scores.bin") == fixture.bytes("filtered", "scores.bin"))
  }

  @Test func headsAreNamedAsModulesAre() throws {
    let module = "layers.0.attention.query_key_value"
    func configuration(_ run: String, _ change: (inout IndexConfig) -> Void = { _ in }) -> IndexConfig {
      fixture.configuration(run) {
        $0.splitAttentionModules = [module]
        $0.attention.numHeads = 2
        change(&$0)
      }
    }
    try fixture.build(configuration("queries"))
    _ = try fixture.score("queries", configuration("module")) { $0.modules = [module] }
    _ = try fixture.score("queries", configuration("heads")) { $0.modules = ["\(module).head_1", "\(module).head_0"] }
    #expect(try fixture.bytes("module", "scores.bin") == fixture.bytes("heads", "scores.bin"))
    // Preconditioned head by head, whatever other blocks there are.
    var preprocess = PreprocessConfig()
    preprocess.preconditionerPath = fixture.url("queries").path
    preprocess.unitNormalize = true
    _ = try fixture.score("queries", configuration("unit"), preprocess)
    let scores = try ScoreFile(opening: fixture.url("unit"))
    #expect((0..<scores.rowCount).allSatisfy { abs(scores.scores(query: $0)[$0] - 1) < 1e-4 })
    expectScoreError(["no gradients of '\(module)'"]) { $0.modules = [module] }
    expectScoreError(["reshape_to_square false", "reshape_to_square true"]) { $0.reshapeToSquare = true }
  }

  @Test func anIndexOfAnotherModelIsRefused() throws {
    // The same module names, whole gradients, other sizes.
    let tiny = TinyGPTNeoX()
    let directory = fixture.url("tiny")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try tiny.write(tiny.weights(), to: directory)
    try Data(#"{"input_ids": [1, 2, 3]}"#.utf8).write(to: fixture.url("ids.jsonl"))
    let data = fixture.url("ids.jsonl").path
    try fixture.build(
      fixture.configuration("queries") {
        $0.model = directory.path
        $0.tokenizer = FixtureSet.gptNeoX.path("model")
        $0.data.dataset = data
        $0.projectionDim = 0
        $0.skipPreconditioners = true
      })
    expectScoreError(["layers.0.attention.query_key_value", "columns where this run's gradients have"]) {
      $0.projectionDim = 0
      $0.modules = ["layers.0.attention.query_key_value"]
    }
  }

  @Test func aPreconditionerOfAnotherProjectionIsRefused() throws {
    try fixture.build(fixture.configuration("queries"))
    try fixture.build(fixture.configuration("other") { $0.projectionDim = 8 })
    var preprocess = PreprocessConfig()
    preprocess.preconditionerPath = fixture.url("other").path
    expectScoreError(
      ["preconditioner in '\(fixture.url("other").path)'", "projection_dim 8", "projection_dim 4"], preprocess
    ) { _ in }
  }

  @Test func aPreconditionerOfOtherModulesIsRefused() throws {
    try fixture.build(fixture.configuration("queries"))
    try fixture.build(fixture.configuration("other") { $0.filterModules = "*.mlp.*" })
    var preprocess = PreprocessConfig()
    preprocess.preconditionerPath = fixture.url("other").path
    expectScoreError(["no Hessian for 'layers.0.mlp", "fitted on other modules"], preprocess) { _ in }
  }

  @Test func aPreconditionerThatWasNeverMadeIsNamed() throws {
    try fixture.build(fixture.configuration("queries") { $0.skipPreconditioners = true })
    var preprocess = PreprocessConfig()
    preprocess.preconditionerPath = fixture.url("queries").path
    expectScoreError(["holds no preconditioner: hessians.safetensors is missing"], preprocess) { _ in }
  }
}
