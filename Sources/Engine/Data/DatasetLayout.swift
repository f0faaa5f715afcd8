/// Which files of a directory or hub repository belong to which split: the rules of Hugging Face `datasets` 5.2.0
/// (data_files.py, load.py), checked against that package in Tests/Fixtures/layout/.
///
/// The card's `configs:` decide where there are any. Otherwise the first of these rules that finds a file: `data/` with
/// shards (`train-00000-of-00002.parquet`, any split name), folders named after splits (`train/…`, `my_test_2/…`), files
/// named so (`train.jsonl`, `texts-dev.csv`), and then everything is `train`. Among the files found, those of the most
/// frequent format count.
package struct DatasetLayout: Equatable, Sendable {
  package struct Split: Equatable, Sendable {
    package let name: String
    /// Paths within the data set, in the order in which rows follow each other.
    package let files: [String]
  }

  package let splits: [Split]

  /// - Parameters:
  ///   - files: paths of all files in the data set, with `/` between folders.
  ///   - card: text of README.md, if there is one.
  ///   - subset: name of one of the card's configs; nil for the default.
  package init(files: [String], card: String?, subset: String?) throws {
    let files = files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let subsets = try card.map { try DatasetCard($0).subsets } ?? []
    let chosen = try Self.choose(subset, among: subsets)
    let folder = chosen.map { $0.folder.isEmpty ? "" : $0.folder + "/" } ?? ""
    let local = files.filter { $0.hasPrefix(folder) }.map { String($0.dropFirst(folder.count)) }
    let patterns = chosen?.patterns ?? Self.defaultPatterns(local)
    let found = try patterns.map { (name: $0.split, files: try $0.paths.flatMap { try Self.resolve($0, local) }) }
      .filter { !$0.files.isEmpty }
    let formats = Dictionary(found.compactMap { split in DatasetFormat(of: split.files).map { ($0, [split.name]) } }) {
      $0 + $1
    }
    guard formats.count <= 1 else {
      throw DatasetLayoutError.formatsDiffer(formats.map { "\($0.value[0]): \($0.key.rawValue)" }.sorted())
    }
    guard let format = formats.keys.first else { throw DatasetLayoutError.noDataFiles(among: files) }
    splits = found.map { Split(name: $0.name, files: $0.files.filter(format.hasExtension).map { folder + $0 }) }
      .filter { !$0.files.isEmpty }
  }

  private static func choose(_ name: String?, among subsets: [DatasetCard.Subset]) throws -> DatasetCard.Subset? {
    let names = subsets.isEmpty ? ["default"] : subsets.map(\.name)
    if let name {
      guard names.contains(name) else { throw DatasetLayoutError.unknownSubset(name, known: names) }
      return subsets.first { $0.name == name }
    }
    let defaults = subsets.count == 1 ? subsets : subsets.filter { $0.name == "default" || $0.isDefault }
    guard subsets.isEmpty || defaults.count == 1 else { throw DatasetLayoutError.subsetNeeded(known: names) }
    return defaults.first
  }

  // MARK: - Files of a pattern

  /// Never data.
  private static let ignored = [
    "README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dummy_data.zip", "dataset_dict.json",
  ]

  private static func resolve(_ text: String, _ files: [String]) throws -> [String] {
    guard let pattern = GlobPattern(text) else { throw DatasetLayoutError.malformedPattern(text) }
    let last = text.split(separator: "/").last.map(String.init)
    let matching = files.filter { file in
      let name = file.split(separator: "/").last.map(String.init) ?? ""
      return (!ignored.contains(name) || name == last) && pattern.matches(file)
    }
    guard !matching.isEmpty || pattern.hasMagic else { throw DatasetLayoutError.missingFile(text) }
    return matching
  }

  // MARK: - Patterns where the card has none

  private static let shards = "-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*"

  private static let keywords: [(split: String, words: [String])] = [
    ("train", ["train", "training"]), ("validation", ["validation", "valid", "dev", "val"]),
    ("test", ["test", "testing", "eval", "evaluation"]),
  ]

  private static func defaultPatterns(_ files: [String]) -> [(split: String, paths: [String])] {
    func anyMatch(_ pattern: String) -> Bool { (try? resolve(pattern, files))?.isEmpty == false }
    if let sharded = shardedSplits(files) {
      return sharded.map { (split: $0, paths: ["data/\($0)\(shards)"]) }
    }
    let separators = "[-._ 0-9]"
    let inFolders: (String) -> [String] = {
      [
        "**/\($0)/**", "**/\($0)\(separators)*/**", "**/*\(separators)\($0)/**",
        "**/*\(separators)\($0)\(separators)*/**",
      ]
    }
    let inNames: (String) -> [String] = { ["**/\($0)\(separators)*", "**/*\(separators)\($0)\(separators)*"] }
    for rule in [inFolders, inNames] {
      let found = keywords.map { (split: $0.split, paths: $0.words.flatMap(rule)) }.filter {
        $0.paths.contains(where: anyMatch)
      }
      if !found.isEmpty { return found }
    }
    return [("train", ["**"])]
  }

  /// The splits of `data/SPLIT-00000-of-00001.EXTENSION`: the usual three first, others by name.
  private static func shardedSplits(_ files: [String]) -> [String]? {
    guard let pattern = GlobPattern("data/*" + shards) else { preconditionFailure("a literal pattern") }
    let names = Set(
      files.filter(pattern.matches).compactMap { file in
        file.dropFirst("data/".count).firstMatch(of: /^(.+)-\d{5}-of-\d{5}.*\./).map { String($0.1) }
      })
    guard !names.isEmpty else { return nil }
    let usual = keywords.map(\.split).filter(names.contains)
    return usual + names.subtracting(usual).sorted()
  }
}

/// The formats that `datasets` tells apart, with their extensions.
private enum DatasetFormat: String, CaseIterable {
  case parquet, arrow, json, csv, text

  var extensions: [String] {
    switch self {
    case .parquet: ["parquet"]
    case .arrow: ["arrow"]
    case .json: ["jsonl", "json", "ndjson"]
    case .csv: ["csv"]
    case .text: ["txt"]
    }
  }

  /// The format of the most frequent extension; in a draw this order decides.
  init?(of files: [String]) {
    let all = files.flatMap { $0.split(separator: "/").last?.split(separator: ".").dropFirst() ?? [] }
    let counts = Dictionary(all.map { ($0.lowercased(), 1) }, uniquingKeysWith: +)
    let order = ["parquet", "arrow", "jsonl", "json", "csv", "txt", "ndjson"]
    // `max` keeps the first of equals.
    let most = order.max { counts[$0, default: 0] < counts[$1, default: 0] }
    guard let most, counts[most, default: 0] > 0 else { return nil }
    guard let format = Self.allCases.first(where: { $0.extensions.contains(most) }) else { return nil }
    self = format
  }

  /// Whether the name ends in an extension of the format, or in one and more behind it, as `.jsonl.gz` does.
  func hasExtension(_ file: String) -> Bool {
    let parts =
      file.split(separator: "/").last?.split(separator: ".", omittingEmptySubsequences: false).dropFirst() ?? []
    return parts.contains { extensions.contains(String($0)) }
  }
}

package enum DatasetLayoutError: Error, Equatable {
  case malformedCard(reason: String)
  case malformedPattern(String)
  case outsideFile(path: String)
  case missingFile(String)
  case noDataFiles(among: [String])
  case formatsDiffer([String])
  case unknownSubset(String, known: [String])
  case subsetNeeded(known: [String])
}

extension DatasetLayoutError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformedCard(let reason): "the data set's README.md: \(reason)"
    case .malformedPattern(let pattern):
      "the data set's README.md has the pattern '\(pattern)'; '**' must stand alone between slashes"
    case .outsideFile(let path):
      "the data set's README.md refers to '\(path)', which lies outside of the data set; download it and give the file"
    case .missingFile(let path): "the data set's README.md refers to '\(path)', which is not in the data set"
    case .noDataFiles(let files):
      "there are no data files (\(RecordFormat.supported))"
        + (files.isEmpty ? "" : "; there are \(Self.list(files))")
    case .formatsDiffer(let formats):
      "its splits are in different formats (\(formats.joined(separator: ", "))); give the files themselves"
    case .unknownSubset(let name, let known): "there is no subset '\(name)'; there are \(Self.list(known))"
    case .subsetNeeded(let known): "there are several subsets: choose one with --subset: \(Self.list(known))"
    }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 20 ? shown + " and \(names.count - 20) more" : shown
  }
}
