import Foundation
import Testing

@testable import Engine

struct DatasetTests {
  private func lines(_ count: Int) -> String {
    (0..<count).map { "{\"text\": \"row \($0)\"}\n" }.joined()
  }

  @Test func aSplitKeepsTheRowNumbersOfTheFile() throws {
    let scratch = try CheckpointScratch()
    let file = try scratch.write(lines(10), to: "a.jsonl")
    let dataset = try Dataset(path: file.path, split: "train[-3:]+x[:1]")
    #expect(try dataset.rows.map(\.row) == [7, 8, 9, 0])
    #expect(try dataset.record(at: 0).string("text", flag: "-") == "row 7")
    #expect(try Dataset(path: file.path).count == 10)
  }

  @Test func aBoundedSplitDoesNotReadOn() throws {
    let scratch = try CheckpointScratch()
    let file = try scratch.write(lines(3) + "garbage\n", to: "a.jsonl")
    #expect(try Dataset(path: file.path, split: "train[:3]").count == 3)
    #expect(throws: DataError.self) { try Dataset(path: file.path, split: "train[:4]") }
  }

  @Test(arguments: [
    ("a.ndjson", "{\"text\":\"x\"}"), ("a.json", "[{\"text\":\"x\"}]"), ("a.csv", "text\nx"), ("A.TXT", "x"),
  ])
  func theExtensionDecidesTheFormat(name: String, text: String) throws {
    let scratch = try CheckpointScratch()
    let dataset = try Dataset(path: scratch.write(text, to: name).path)
    #expect(try dataset.rows.map(\.columns) == [["text": .string("x")]])
  }

  @Test func whatCannotBeOpenedIsExplained() throws {
    let scratch = try CheckpointScratch()
    func error(_ path: String) -> DataError? { #expect(throws: DataError.self) { try Dataset(path: path) } }
    #expect(error("NeelNanda/pile-10k") == .noSuchFile(path: "NeelNanda/pile-10k"))
    #expect(error("data/missing.jsonl") == .noSuchFile(path: "data/missing.jsonl"))
    #expect(error("./missing") == .noSuchFile(path: "./missing"))
    #expect(error(scratch.url.path) == .layout(dataset: scratch.url.path, .noDataFiles(among: [])))
    for (name, found) in [
      ("a.xlsx", ".xlsx"), ("a", ""), ("a.zst", ".zst"), ("a.gz", ".gz"), ("a.gz.zst", ".gz.zst"),
    ] {
      let path = try scratch.write("", to: name).path
      #expect(error(path) == .unsupportedFormat(path: path, found: found))
    }
  }

  @Test func anEmptySelectionIsAnError() throws {
    let scratch = try CheckpointScratch()
    let path = try scratch.write(lines(3), to: "a.jsonl").path
    #expect(throws: DataError.noRows(file: path, split: "train[3:]", total: 3)) {
      try Dataset(path: path, split: "train[3:]")
    }
    #expect(throws: DataError.noRows(file: path, split: "train[:0]", total: nil)) {
      try Dataset(path: path, split: "train[:0]")
    }
  }
}
