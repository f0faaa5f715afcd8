import Foundation
import Testing

@testable import Engine

struct DatasetLayoutTests {
  /// Layouts with the files that the Python library `datasets` finds for each split (Tests/Fixtures/layout/make.py).
  struct Case: Decodable, Sendable, CustomStringConvertible {
    let name: String
    let files: [String]
    let card: String?
    let subset: String?
    let splits: [String: [String]]

    var description: String { name }
  }

  private static let cases = Result {
    try JSONDecoder().decode([Case].self, from: Data(contentsOf: checkpointFixture("layout", "layouts.json")))
  }

  @Test func filesBelongToTheSplitsThatPythonFinds() throws {
    let cases = try Self.cases.get()
    #expect(cases.count >= 29)
    for item in cases {
      let layout = try DatasetLayout(files: item.files.reversed(), card: item.card, subset: item.subset)
      #expect(Dictionary(uniqueKeysWithValues: layout.splits.map { ($0.name, $0.files) }) == item.splits, "\(item)")
    }
  }

  private static let twoSubsets = """
    ---
    configs:
    - config_name: en
      data_files: en/*
    - config_name: de
      data_files: de/*
    ---
    """

  @Test(
    arguments: [
      (["a.bin"], nil, nil, .noDataFiles(among: ["a.bin"])),
      ([], nil, nil, .noDataFiles(among: [])),
      (["a.jsonl"], nil, "en", .unknownSubset("en", known: ["default"])),
      (["en/a.jsonl"], twoSubsets, nil, .subsetNeeded(known: ["en", "de"])),
      (["en/a.jsonl"], twoSubsets, "fr", .unknownSubset("fr", known: ["en", "de"])),
      (["en/a.jsonl"], twoSubsets, "de", .noDataFiles(among: ["en/a.jsonl"])),
      (["train.jsonl", "test.csv"], nil, nil, .formatsDiffer(["test: csv", "train: json"])),
      (["a.jsonl"], card("- config_name: x\n  data_files: b.jsonl"), nil, .missingFile("b.jsonl")),
      (["a.jsonl"], card("- config_name: x\n  data_files: ../b.jsonl"), nil, .outsideFile(path: "../b.jsonl")),
      (["a.jsonl"], card("- config_name: x\n  data_files: /b.jsonl"), nil, .outsideFile(path: "/b.jsonl")),
      (["a.jsonl"], card("- config_name: x\n  data_dir: ../x"), nil, .outsideFile(path: "../x")),
      (["a.jsonl"], card("- config_name: x\n  data_files: a**"), nil, .malformedPattern("a**")),
      (["a.jsonl"], card("- data_files: a"), nil, .malformedCard(reason: "an entry of 'configs' has no 'config_name'")),
      (["a.jsonl"], card("  a: b"), nil, .malformedCard(reason: "'configs' is no list of mappings")),
      (
        ["a.jsonl"], card("- config_name: x\n  data_files: {a: b}"), nil,
        .malformedCard(
          reason: "'data_files' of subset 'x' is neither a path nor a list of paths or of entries with split and path")
      ),
      (
        ["a.jsonl"], card("- config_name: x\n- config_name: x"), nil,
        .malformedCard(reason: "it has two subsets named 'x'")
      ),
    ] as [([String], String?, String?, DatasetLayoutError)])
  func whatCannotBeLaidOutIsExplained(files: [String], card: String?, subset: String?, error: DatasetLayoutError) {
    #expect(throws: error) { try DatasetLayout(files: files, card: card, subset: subset) }
  }

  private static func card(_ configs: String) -> String { "---\nconfigs:\n\(configs)\n---\n" }

  @Test func aCardThatIsNoYAMLIsAnError() {
    #expect(throws: DatasetLayoutError.self) {
      try DatasetLayout(files: ["a.csv"], card: "---\na: [\n---\n", subset: nil)
    }
  }
}
