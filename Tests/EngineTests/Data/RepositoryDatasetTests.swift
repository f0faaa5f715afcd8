import Foundation
import Synchronization
import Testing

@testable import Engine

struct RepositoryDatasetTests {
  /// Repositories of one data set, which note what is asked of them.
  private final class Shelf: Repositories {
    let scratch: CheckpointScratch
    let texts: [String: String]
    let isComplete: Bool
    private let log = Mutex<[String]>([])

    init(_ texts: [String: String], isComplete: Bool = true) throws {
      scratch = try CheckpointScratch()
      self.texts = texts
      self.isComplete = isComplete
    }

    /// Revisions and fetched files in order.
    var asked: [String] { log.withLock { $0 } }

    func model(_ reference: String, revision: String?) throws -> ResolvedRepository {
      preconditionFailure("no test asks for a model")
    }

    func tokenizer(_ reference: String, revision: String?) throws -> ResolvedRepository {
      preconditionFailure("no test asks for a tokenizer")
    }

    func dataset(
      _ reference: String, revision: String?, choosing: (RepositoryFiles) throws -> [String]
    ) throws -> ResolvedRepository {
      log.withLock { $0.append("@" + (revision ?? "default")) }
      let fetch: (String) throws -> URL = { [self] name in
        log.withLock { if !$0.contains(name) { $0.append(name) } }
        let file = scratch.file(name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        return try scratch.write(#require(texts[name]), to: name)
      }
      let chosen = try choosing(RepositoryFiles(names: texts.keys.sorted(), isComplete: isComplete, fetch: fetch))
      for name in chosen { _ = try fetch(name) }
      return ResolvedRepository(directory: scratch.url, commit: "c0ffee", files: chosen)
    }
  }

  private static func rows(_ range: Range<Int>) -> String { range.map { "{\"n\": \($0)}\n" }.joined() }

  private static let sharded = [
    "data/train-00000-of-00003.jsonl": rows(0..<4), "data/train-00001-of-00003.jsonl": rows(4..<8),
    "data/train-00002-of-00003.jsonl": rows(8..<9), "data/test-00000-of-00001.jsonl": rows(20..<22),
    "model.onnx": "",
  ]

  private static let subsets = [
    "README.md": """
    ---
    configs:
    - config_name: en
      default: true
      data_files: en.jsonl
    - config_name: de
      data_files: de.jsonl
    ---
    """, "en.jsonl": rows(0..<2), "de.jsonl": rows(5..<7),
  ]

  private func open(
    _ shelf: Shelf, _ id: String = "owner/set", split: String = "train", subset: String? = nil, kwargs: String = ""
  ) throws -> Dataset {
    var configuration = DataConfig()
    configuration.dataset = id
    configuration.split = split
    configuration.subset = subset
    configuration.dataKwargs = kwargs
    return try Dataset(configuration, shelf)
  }

  private func numbers(_ dataset: Dataset) throws -> [Int] {
    try dataset.rows.map { try #require($0.columns["n"]?.integer) }
  }

  @Test(arguments: [
    ("train", Array(0..<9), ["00000-of-00003", "00001-of-00003", "00002-of-00003"]),
    ("test", [20, 21], ["test"]), ("test[:1]+train[:1]", [20, 0], ["test", "00000", "00001", "00002"]),
    // The rows of the files behind are not needed, so neither are the files.
    ("train[:3]", [0, 1, 2], ["train-00000"]), ("train[2:4]", [2, 3], ["train-00000"]),
    ("train[3:5]", [3, 4], ["train-00000", "train-00001"]), ("train[:0]+train[8:9]", [8], ["00000", "00001", "00002"]),
    ("train[-1:]", [8], ["00000", "00001", "00002"]),
  ])
  func onlyTheFilesOfTheSplitAreFetched(_ split: String, _ expected: [Int], _ files: [String]) throws {
    let shelf = try Shelf(Self.sharded)
    let dataset = try open(shelf, split: split)
    #expect(try numbers(dataset) == expected)
    #expect(dataset.commit == "c0ffee" && dataset.file == shelf.scratch.url)
    let fetched = shelf.asked.dropFirst()
    #expect(fetched.count == files.count && zip(fetched, files).allSatisfy { $0.contains($1) }, "\(fetched)")
  }

  @Test func aSubsetIsOneOfTheCards() throws {
    let shelf = try Shelf(Self.subsets)
    #expect(try numbers(open(shelf)) == [0, 1])
    #expect(shelf.asked == ["@default", "README.md", "en.jsonl"])
    #expect(try numbers(open(shelf, subset: "de")) == [5, 6])
    #expect(throws: DataError.layout(dataset: "owner/set", .unknownSubset("fr", known: ["en", "de"]))) {
      try open(shelf, subset: "fr")
    }
  }

  @Test func aRevisionGoesToTheRepositories() throws {
    let shelf = try Shelf(Self.subsets)
    _ = try open(shelf, kwargs: "revision=refs/pr/7")
    #expect(shelf.asked.first == "@refs/pr/7")
  }

  @Test func anUnknownSplitIsNamedBesideThoseThere() throws {
    let shelf = try Shelf(Self.sharded)
    #expect(throws: DataError.unknownSplit(dataset: "owner/set", split: "dev", known: ["train", "test"])) {
      try open(shelf, split: "dev")
    }
    #expect(shelf.asked == ["@default"])
  }

  @Test func aRepositoryWithoutDataSaysWhatItHas() throws {
    let error = #expect(throws: DataError.self) { try open(Shelf(["weights.bin": "", "run.py": ""])) }
    #expect(error == .layout(dataset: "owner/set", .noDataFiles(among: ["run.py", "weights.bin"])))
    #expect(error?.description.contains("there are 'run.py', 'weights.bin'") == true)
  }

  @Test func halfOfADataSetIsNotTakenForIt() throws {
    var texts = Self.sharded
    texts["data/train-00001-of-00003.jsonl"] = nil
    #expect(throws: DataError.missingShards(dataset: "owner/set", split: "train", found: 2)) {
      try open(Shelf(texts, isComplete: false))
    }
    // The hub itself says that there is no more.
    #expect(try open(Shelf(texts)).count == 5)
    #expect(try open(Shelf(texts, isComplete: false), split: "test").count == 2)
  }

  @Test func whatIsHereIsMeant() throws {
    let shelf = try Shelf([:])
    let here = try shelf.scratch.write(Self.rows(0..<1), to: "a.jsonl").path
    let dataset = try open(shelf, here)
    #expect(dataset.commit == nil && dataset.count == 1)
    #expect(throws: RepositoryError.revisionOfDataset(path: here, revision: "main")) {
      try open(shelf, here, kwargs: "revision=main")
    }
    #expect(throws: DataError.noSuchFile(path: "owner/rows.jsonl.gz")) { try open(shelf, "owner/rows.jsonl.gz") }
    #expect(shelf.asked.isEmpty)
  }
}
