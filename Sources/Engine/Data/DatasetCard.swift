/// `configs:` in the YAML block at the top of a data set's README.md: its subsets and which files they have.
import Foundation
import Yams

struct DatasetCard {
  struct Subset {
    let name: String
    /// Patterns of each split; nil where the files' names decide.
    let patterns: [(split: String, paths: [String])]?
    /// The folder that paths start from, empty for the data set's own.
    let folder: String
    let isDefault: Bool
  }

  let subsets: [Subset]

  init(_ text: String) throws {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else {
      subsets = []
      return
    }
    let loaded: Any?
    do {
      loaded = try Yams.load(yaml: lines[1..<end].joined(separator: "\n"))
    } catch {
      throw DatasetLayoutError.malformedCard(reason: "its YAML cannot be read: \(error)")
    }
    guard let configs = (loaded as? [String: Any])?["configs"], !(configs is NSNull) else {
      subsets = []
      return
    }
    guard let list = configs as? [[String: Any]] else {
      throw DatasetLayoutError.malformedCard(reason: "'configs' is no list of mappings")
    }
    subsets = try list.map(Self.subset)
    var seen: Set<String> = []
    for subset in subsets where !seen.insert(subset.name).inserted {
      throw DatasetLayoutError.malformedCard(reason: "it has two subsets named '\(subset.name)'")
    }
  }

  private static func subset(_ config: [String: Any]) throws -> Subset {
    guard let name = config["config_name"] as? String else {
      throw DatasetLayoutError.malformedCard(reason: "an entry of 'configs' has no 'config_name'")
    }
    let folder = config["data_dir"] as? String ?? ""
    return Subset(
      name: name, patterns: try config["data_files"].map { try patterns($0, name) },
      folder: try checked(folder), isDefault: config["default"] as? Bool ?? false)
  }

  /// A pattern, a list of patterns, or a list of `{split:, path:}`.
  private static func patterns(_ value: Any, _ name: String) throws -> [(split: String, paths: [String])] {
    if let paths = try paths(value) { return [("train", paths)] }
    guard let entries = value as? [[String: Any]] else { throw malformed(name) }
    let patterns = try entries.map { entry in
      guard let split = entry["split"] as? String, entry.count == 2, let value = entry["path"],
        let paths = try paths(value)
      else { throw malformed(name) }
      return (split, paths)
    }
    guard Set(patterns.map(\.0)).count == patterns.count else {
      throw DatasetLayoutError.malformedCard(reason: "subset '\(name)' has two splits of one name")
    }
    return patterns
  }

  private static func malformed(_ name: String) -> DatasetLayoutError {
    .malformedCard(
      reason: "'data_files' of subset '\(name)' is neither a path nor a list of paths or of entries with split and path"
    )
  }

  private static func paths(_ value: Any) throws -> [String]? {
    if let path = value as? String { return [try checked(path)] }
    return try (value as? [String])?.map(checked)
  }

  /// A card must not lead out of its data set.
  private static func checked(_ path: String) throws -> String {
    guard !path.contains("://"), !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
      throw DatasetLayoutError.outsideFile(path: path)
    }
    return path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }
}
