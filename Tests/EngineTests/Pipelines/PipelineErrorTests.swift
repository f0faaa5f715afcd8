import Foundation
import Testing

@testable import Engine

/// What is wrong with a run's input is said by name, and leaves nothing behind.
struct PipelineErrorTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  /// A copy of the fixture's model to be broken.
  private func model(_ change: (URL) throws -> Void) throws -> String {
    let copy = fixture.url("model")
    try FileManager.default.copyItem(at: URL(fileURLWithPath: FixtureSet.gptNeoX.path("model")), to: copy)
    try change(copy)
    return copy.path
  }

  private func expectBuildError(_ parts: String..., change: (inout IndexConfig) -> Void) {
    let error = #expect(throws: (any Error).self) { try fixture.build(fixture.configuration("run", change)) }
    for part in parts { #expect("\(error.map { "\($0)" } ?? "")".contains(part)) }
    #expect(fixture.isGone("run"))
  }

  @Test func aMissingModelIsNamed() {
    expectBuildError("no model directory at '/nowhere'", "--model") { $0.model = "/nowhere" }
  }

  @Test func anUnknownArchitectureIsNamed() throws {
    let path = try model { url in
      let file = url.appendingPathComponent("config.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data(text.replacing("\"gpt_neox\"", with: "\"gpt_oops\"").utf8).write(to: file)
    }
    expectBuildError("model_type 'gpt_oops'", "supported:", "gpt_neox") { $0.model = path }
  }

  @Test func aMissingTokenizerIsNamed() throws {
    let path = try model { try FileManager.default.removeItem(at: $0.appendingPathComponent("tokenizer.json")) }
    expectBuildError("tokenizer.json") { $0.model = path }
  }

  @Test func missingWeightsAreNamed() throws {
    let path = try model { try FileManager.default.removeItem(at: $0.appendingPathComponent("model.safetensors")) }
    expectBuildError("safetensors") { $0.model = path }
  }

  @Test func aMissingDataFileIsNamed() {
    expectBuildError("there is no file '/nowhere.jsonl'") { $0.data.dataset = "/nowhere.jsonl" }
  }

  @Test func anEmptyDataSetIsNamed() throws {
    let path = try fixture.data([])
    expectBuildError("selects no row of", "data.jsonl") { $0.data.dataset = path }
  }

  @Test func aMalformedLineIsNamedWithItsNumber() throws {
    try Data("{\"text\": \"fine\"}\n{\"text\": \n".utf8).write(to: fixture.url("broken.jsonl"))
    let path = fixture.url("broken.jsonl").path
    expectBuildError("broken.jsonl:2:") { $0.data.dataset = path }
  }

  @Test func aMissingColumnIsNamedBesideTheExisting() {
    expectBuildError("no column 'body'", "'text'", "--prompt_column") { $0.data.promptColumn = "body" }
  }

  @Test func aDocumentOverTheTokenBudgetIsNamedWithItsLine() throws {
    let path = try fixture.data(["short one", "She sells sea shells by the sea shore, and more of them each day."])
    expectBuildError("data.jsonl, line 2", "--token_batch_size allows 8", "--truncation") {
      $0.data.dataset = path
      $0.tokenBatchSize = 8
    }
    // With it, the same file is read.
    try fixture.build(
      fixture.configuration("cut") {
        $0.data.dataset = path
        $0.tokenBatchSize = 8
        $0.data.truncation = true
      })
  }

  @Test func anUnknownModuleIsNamed() {
    expectBuildError("no module 'layers.9.oops'") { $0.modules = ["layers.9.oops"] }
  }

  @Test func anExistingRunIsKeptUnlessItIsToBeReplaced() throws {
    try fixture.build(fixture.configuration("run"))
    let before = try fixture.bytes("run", "gradients.bin")
    let error = try #require(throws: RunDirectoryError.self) { try fixture.build(fixture.configuration("run")) }
    #expect("\(error)".contains("--overwrite"))
    #expect(try fixture.bytes("run", "gradients.bin") == before)
    try fixture.build(
      fixture.configuration("run") {
        $0.overwrite = true
        $0.projectionDim = 2
      })
    #expect(try fixture.bytes("run", "gradients.bin").count == before.count / 4)
    // An overwriting run that fails leaves the old one.
    #expect(throws: (any Error).self) {
      try fixture.build(
        fixture.configuration("run") {
          $0.overwrite = true
          $0.data.dataset = "/nowhere.jsonl"
        })
    }
    #expect(try fixture.bytes("run", "gradients.bin").count == before.count / 4)
  }

  // MARK: Two runs that do not belong together

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
