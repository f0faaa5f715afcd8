import Foundation

/// Where the rows of a data set lie on disk.
///
/// A path is a data file; a folder that `save_to_disk` wrote, or a dictionary of such folders (`dataset_dict.json`); a
/// folder of the cache of `datasets`, with `dataset_info.json` beside files like `texts-train-00000-of-00002.arrow`; or a
/// folder of data files, laid out as `DatasetLayout` has it. What is no path here is the id of a hub's repository.
struct DatasetFiles {
  /// Name and files of each split, in order. nil where there is a single split, which answers to any name.
  private let splits: [(name: String, files: [URL])]?
  private let single: [URL]
  /// Path or id, as the user calls it.
  private let name: String
  /// The file or the folder.
  let location: URL
  /// Of the hub's repository.
  let commit: String?

  /// What is here is meant, whatever a hub has of the same name.
  ///
  /// - Throws: `DataError`, `DatasetArgumentsError`, `RepositoryError`; what the repositories throw.
  static func find(
    _ configuration: DataConfig, _ expression: SplitExpression, _ repositories: any Repositories
  ) throws -> DatasetFiles {
    let (name, revision) = (configuration.dataset, try DatasetArguments(configuration.dataKwargs).revision)
    if FileManager.default.fileExists(atPath: name) {
      if let revision { throw RepositoryError.revisionOfDataset(path: name, revision: revision) }
      return try DatasetFiles(path: name, subset: configuration.subset)
    }
    // A missing file is no repository, even if its path could be an id.
    if isDataFile(name) { throw DataError.noSuchFile(path: name) }
    let found = try RepositoryDataset(
      name, subset: configuration.subset, revision: revision, expression, in: repositories)
    return DatasetFiles(name: name, location: found.directory, commit: found.commit, splits: found.splits)
  }

  private init(name: String, location: URL, commit: String, splits: [(name: String, files: [URL])]) {
    (self.name, self.location, self.commit, self.splits, single) = (name, location, commit, splits, [])
  }

  private init(path: String, subset: String?) throws {
    name = path
    commit = nil
    let url = URL(fileURLWithPath: path)
    location = url
    var isDirectory: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    func has(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: url.appendingPathComponent(name).path)
    }
    if !isDirectory.boolValue || has("state.json") || has("dataset_dict.json") {
      guard subset == nil else { throw DataError.noSubsets(path: path) }
    }
    if !isDirectory.boolValue {
      (splits, single) = (nil, [url])
    } else if has("state.json") {
      (splits, single) = (nil, try Self.saved(url))
    } else if has("dataset_dict.json") {
      (splits, single) = (try Self.dictionary(url), [])
    } else if has("dataset_info.json"), let cached = try Self.cached(url) {
      (splits, single) = (cached, [])
    } else {
      (splits, single) = (try Self.laidOut(url, subset: subset), [])
    }
  }

  /// The files to read for a split expression, one after another, with the names that stand for their rows. A single
  /// split answers to all names: `train+validation` of a file is the file twice.
  ///
  /// - Throws: `DataError.unknownSplit` that names the splits there are.
  func sources(of expression: SplitExpression) throws -> [(names: [String], files: [URL])] {
    guard let splits else { return [(expression.names, single)] }
    return try expression.names.map { name in
      guard let found = splits.first(where: { $0.name.hasSameBytes(as: name) }) else {
        throw DataError.unknownSplit(dataset: self.name, split: name, known: splits.map(\.name))
      }
      return ([name], found.files)
    }
  }

  // MARK: - Saved data sets

  private static func saved(_ folder: URL) throws -> [URL] {
    let url = folder.appendingPathComponent("state.json")
    let state = try json(url)
    if let indices = state["_indices_data_files"]?.array, !indices.isEmpty {
      throw DataError.malformedFolder(
        path: url.path, reason: "has an indices mapping, which old releases of datasets wrote; save it with a newer one"
      )
    }
    guard let files = state["_data_files"]?.array else {
      throw DataError.malformedFolder(path: url.path, reason: "lists no '_data_files'")
    }
    return try files.map { file in
      guard let name = file["filename"]?.string, isPlain(name) else {
        throw DataError.malformedFolder(path: url.path, reason: "has no plain 'filename' in '_data_files'")
      }
      return folder.appendingPathComponent(name)
    }
  }

  private static func dictionary(_ folder: URL) throws -> [(name: String, files: [URL])] {
    let url = folder.appendingPathComponent("dataset_dict.json")
    guard let names = try json(url)["splits"]?.array else {
      throw DataError.malformedFolder(path: url.path, reason: "has no list of 'splits'")
    }
    return try names.map { name in
      guard let name = name.string, isPlain(name) else {
        throw DataError.malformedFolder(path: url.path, reason: "has a split without a plain name")
      }
      return (name, try saved(folder.appendingPathComponent(name)))
    }
  }

  /// Files like `texts-train.arrow` and `texts-train-00000-of-00002.arrow`; nil where there are none.
  private static func cached(_ folder: URL) throws -> [(name: String, files: [URL])]? {
    let info = try json(folder.appendingPathComponent("dataset_info.json"))
    let prefix = info["dataset_name"]?.string ?? info["builder_name"]?.string ?? ""
    let pattern = /^(.+?)-(\w+(?:\.\w+)*?)(?:-(\d{5})-of-(\d{5}))?\.arrow$/
    var shards: [String: [(index: Int, count: Int, file: URL)]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      // What `map` and `filter` leave behind is called cache-FINGERPRINT.arrow.
      guard let match = name.wholeMatch(of: pattern), prefix.isEmpty ? match.1 != "cache" : match.1 == prefix else {
        continue
      }
      let (index, count) = (match.3.flatMap { Int($0) } ?? 0, match.4.flatMap { Int($0) } ?? 1)
      shards[String(match.2), default: []].append((index, count, folder.appendingPathComponent(name)))
    }
    if shards.isEmpty { return nil }
    let order = info["splits"]?.object?.keys ?? []
    let names = order.filter { shards[$0] != nil } + shards.keys.filter { !order.contains($0) }.sorted()
    return try names.map { name in
      let found = (shards[name] ?? []).sorted { $0.index < $1.index }
      guard found.map(\.index) == Array(0..<found[0].count), found.allSatisfy({ $0.count == found.count }) else {
        throw DataError.malformedFolder(
          path: folder.path, reason: "has \(found.count) of the \(found[0].count) files of split '\(name)'")
      }
      return (name, found.map(\.file))
    }
  }

  // MARK: - Folders of data files

  /// So many files are no data set but somebody's home.
  private static let maximumFiles = 1_000_000

  private static func laidOut(_ folder: URL, subset: String?) throws -> [(name: String, files: [URL])] {
    let card = folder.appendingPathComponent("README.md")
    let text = FileManager.default.fileExists(atPath: card.path) ? try String(contentsOf: card, encoding: .utf8) : nil
    do {
      let layout = try DatasetLayout(files: try list(folder), card: text, subset: subset)
      return layout.splits.map { (name: $0.name, files: $0.files.map { folder.appendingPathComponent($0) }) }
    } catch let error as DatasetLayoutError {
      throw DataError.layout(dataset: folder.path, error)
    }
  }

  /// Paths of all files below a folder. Links to files are files, links to folders are not followed.
  private static func list(_ folder: URL) throws -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: folder.path) else {
      throw FileError("read", folder)
    }
    var files: [String] = []
    for case let name as String in walk {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: folder.path + "/" + name, isDirectory: &isDirectory),
        !isDirectory.boolValue
      else { continue }
      files.append(name)
      guard files.count <= maximumFiles else {
        throw DataError.malformedFolder(path: folder.path, reason: "has more than \(maximumFiles) files")
      }
    }
    return files
  }

  private static func json(_ url: URL) throws -> JSONValue {
    do {
      return try Data(contentsOf: url).withUnsafeBytes { try JSONParser.parse($0) }
    } catch let error as JSONError {
      throw DataError.malformedFolder(path: url.path, reason: "is no JSON: \(error)")
    }
  }

  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && !name.contains("/") && name != ".." && name != "."
  }

  private static func isDataFile(_ path: String) -> Bool {
    let url = URL(fileURLWithPath: path)
    return Compression(rawValue: url.pathExtension) != nil || RecordFormat(rawValue: url.pathExtension) != nil
  }
}
