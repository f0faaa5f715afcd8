import Foundation
import Testing

@testable import Engine

/// Folders of Tests/Fixtures/arrow/, written by Python's `datasets`, and folders of text.
struct DatasetFilesTests {
  private func path(_ name: String) -> String { checkpointFixture("arrow", name).path }

  private func numbers(_ path: String, _ split: String) throws -> [Int] {
    try Dataset(path: path, split: split).rows.map { try #require($0.columns["n"]?.integer) }
  }

  @Test(arguments: [
    ("saved", "train", [0, 1, 2, 3, 4, 5, 6]), ("saved", "anything[2:4]", [2, 3]),
    ("saved", "train[-1:]+x[:1]", [6, 0]),
    ("selected", "train", [5, 1, 3]), ("dictionary", "train[5:]", [5, 6]), ("dictionary", "test", [2, 3]),
    ("dictionary", "test+train[:2]", [2, 3, 0, 1]), ("cache", "train", [0, 1, 2, 3, 4, 5, 6]),
    // 50% of 7 rows is row 3.5, which is rounded to the even 4, across two files.
    ("cache", "train[:50%]", [0, 1, 2, 3]), ("cache", "validation[6:]", [6]),
  ])
  func foldersOfThePythonLibraryAreRead(name: String, split: String, expected: [Int]) throws {
    #expect(try numbers(path(name), split) == expected)
  }

  @Test func rowsAreNumberedThroughFilesAndSplits() throws {
    let dataset = try Dataset(path: path("dictionary"), split: "test[1:]+train[:2]+test[:1]")
    #expect(try dataset.rows.map(\.row) == [1, 2, 3, 0])
    let shards = try Dataset(path: path("saved"), split: "train[2:5]")
    #expect(try shards.rows.map(\.row) == [2, 3, 4])
    // Three rows lie in the first of three files.
    #expect(try shards.rows.map(\.line) == [3, 1, 2])
  }

  @Test func anUnknownSplitIsNamedBesideThoseThere() {
    #expect(
      throws: DataError.unknownSplit(dataset: path("dictionary"), split: "dev", known: ["train", "test"])
    ) { try Dataset(path: path("dictionary"), split: "train[:1]+dev") }
    #expect(
      throws: DataError.unknownSplit(dataset: path("cache"), split: "test", known: ["train", "validation"])
    ) { try Dataset(path: path("cache"), split: "test") }
  }

  @Test func filesOfAFolderFollowEachOther() throws {
    let scratch = try CheckpointScratch()
    try FileManager.default.createDirectory(
      at: scratch.url.appendingPathComponent("data"), withIntermediateDirectories: true)
    _ = try scratch.write("{\"n\": 2}\n{\"n\": 3}\n", to: "data/train-00001-of-00002.jsonl")
    _ = try scratch.write("{\"n\": 0}\n{\"n\": 1}\n", to: "data/train-00000-of-00002.jsonl")
    _ = try scratch.write("{\"n\": 9}\n", to: "data/test-00000-of-00001.jsonl")
    #expect(try numbers(scratch.url.path, "train[1:3]+test") == [1, 2, 9])
    #expect(throws: DataError.unknownSplit(dataset: scratch.url.path, split: "dev", known: ["train", "test"])) {
      try numbers(scratch.url.path, "dev")
    }
    // The first file alone answers this.
    _ = try scratch.write("garbage\n", to: "data/train-00001-of-00002.jsonl")
    #expect(try numbers(scratch.url.path, "train[:2]") == [0, 1])
  }

  @Test func aSubsetOfTheCardIsRead() throws {
    let scratch = try CheckpointScratch()
    for (name, n) in [("en", 1), ("de", 2)] {
      try FileManager.default.createDirectory(
        at: scratch.url.appendingPathComponent(name), withIntermediateDirectories: true)
      _ = try scratch.write("{\"n\": \(n)}\n", to: "\(name)/a.jsonl")
    }
    let configs = ["en", "de"].map { "- config_name: \($0)\n  data_files: \($0)/*\n" }.joined()
    _ = try scratch.write("---\nconfigs:\n\(configs)---\n", to: "README.md")
    let dataset = try Dataset(path: scratch.url.path, subset: "de")
    #expect(try dataset.rows.map(\.columns) == [["n": .integer(2)]])
    #expect(throws: DataError.layout(dataset: scratch.url.path, .subsetNeeded(known: ["en", "de"]))) {
      try Dataset(path: scratch.url.path)
    }
    #expect(throws: DataError.noSubsets(path: path("saved"))) { try Dataset(path: path("saved"), subset: "de") }
  }

  @Test(arguments: [
    ("state.json", "{}", "lists no '_data_files'"),
    ("state.json", #"{"_data_files": [{"filename": "../x.arrow"}]}"#, "has no plain 'filename' in '_data_files'"),
    ("state.json", "[", "is no JSON"),
    (
      "state.json", #"{"_data_files": [], "_indices_data_files": [{"filename": "indices.arrow"}]}"#,
      "has an indices mapping"
    ),
    ("dataset_dict.json", "{}", "has no list of 'splits'"),
    ("dataset_dict.json", #"{"splits": [".."]}"#, "has a split without a plain name"),
  ])
  func malformedFoldersAreErrors(name: String, text: String, reason: String) throws {
    let scratch = try CheckpointScratch()
    _ = try scratch.write(text, to: name)
    let error = #expect(throws: DataError.self) { try Dataset(path: scratch.url.path) }
    #expect(error?.description.contains("\(name)' \(reason)") == true, "\(error?.description ?? "")")
  }

  @Test func aMissingShardOfTheCacheIsNoticed() throws {
    let scratch = try CheckpointScratch()
    for name in ["dataset_info.json", "texts-train-00001-of-00002.arrow"] {
      try FileManager.default.copyItem(
        at: URL(fileURLWithPath: path("cache/\(name)")), to: scratch.url.appendingPathComponent(name))
    }
    #expect(
      throws: DataError.malformedFolder(path: scratch.url.path, reason: "has 1 of the 2 files of split 'train'")
    ) { try Dataset(path: scratch.url.path) }
  }
}
