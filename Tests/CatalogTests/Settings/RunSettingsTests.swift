import Foundation
import GRDB
import Testing

@testable import Catalog

struct RunSettingsTests {
  @Test func aStepsSettingsHaveTheirSectionsAndTypes() {
    let yaml = """
      steps:
      - build:
          index_cfg:
            model: gpt2
            data: {dataset: pile.jsonl, split: '2024'}
            projection_dim: 16
            label_smoothing: 1.0e-05
            debug: false
            modules: [a, b]
            filter_modules: []
            tokenizer: ''
            max_tokens: null
          preprocess_cfg:
            unit_normalize: true
      metadata:
        bergson_version: 0.1.0
      """
    #expect(
      RunSettings.settings(ofYAML: yaml) == [
        "index_cfg.model": .text("gpt2"), "index_cfg.data.dataset": .text("pile.jsonl"),
        "index_cfg.data.split": .text("2024"), "index_cfg.projection_dim": .integer(16),
        "index_cfg.label_smoothing": .real(1e-5), "index_cfg.debug": .text("false"),
        "index_cfg.modules": .text("a b"), "preprocess_cfg.unit_normalize": .text("true"),
      ])
  }

  @Test func severalStepsAreToldApartAndOtherMappingsGiveTheirKeys() {
    #expect(
      RunSettings.settings(ofYAML: "steps: [{build: {a: {x: 1}}}, {score: {a: {x: 2}}}]")
        == ["build.a.x": .integer(1), "score.a.x": .integer(2)])
    #expect(
      RunSettings.settings(ofYAML: "run_path: out\nmetadata: {version: 1}\n") == ["run_path": .text("out")])
  }

  @Test(arguments: [
    "", "just words", "[1, 2", "a: [unclosed", "steps: 7", "steps: [7, [8]]", "{1: {2: 3", "\u{0}", "- a\n- b",
    "? {a: b}\n: c", "a: *nowhere",
  ])
  func whatIsNoConfigurationHasNoSettings(text: String) {
    #expect(RunSettings.settings(ofYAML: text).isEmpty)
  }

  @Test func numbersThatSQLiteLacksAreTexts() {
    #expect(
      RunSettings.settings(ofYAML: "a: .inf\nb: .nan\nc: 99999999999999999999\nd: \"\\0\"\n")
        == ["a": .text(".inf"), "b": .text(".nan"), "c": .text("99999999999999999999")])
  }

  /// Ten levels of ten aliases each are ten thousand million leaves.
  @Test func aliasesDoNotMultiplyWithoutBound() {
    var yaml = "a0: &a0 {x: 1}\n"
    for level in 1...10 {
      let keys = (0..<10).map { "k\($0): *a\(level - 1)" }.joined(separator: ", ")
      yaml += "a\(level): &a\(level) {\(keys)}\n"
    }
    let elapsed = ContinuousClock().measure {
      #expect(RunSettings.settings(ofYAML: yaml).count <= 10_000)
    }
    #expect(elapsed < .seconds(5))
  }

  @Test func runsShareTheirSettingsAndLoseThemWithTheirRow() throws {
    let catalog = try RunCatalog.inMemory()
    var registration = RunRegistration.sample()
    registration.configYAML = "steps: [{build: {index_cfg: {projection_dim: 16, model: gpt2}}}]"
    let runs = [try catalog.register(registration), try catalog.register(registration)]
    let counts = { (sql: String) in try catalog.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(sql)") } }
    #expect(try counts("setting") == 2 && counts("runSetting") == 4)
    try catalog.write { db in try db.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [runs[0].id]) }
    #expect(try counts("runSetting") == 2)
  }
}
