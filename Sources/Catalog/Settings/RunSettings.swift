/// The settings of a run as names and values, from the YAML that it recorded.
///
/// A file with `steps:` of one step gives that step's settings as `index_cfg.data.split`; several steps put their command
/// before, as in `build.index_cfg.data.split`. Any other mapping gives its own keys. Null, empty texts and empty lists are
/// no settings, so that `is null` finds what is not set; lists of words are one text, as flags are written.
import Foundation
import GRDB
import Yams

package enum RunSettings {
  /// Settings of one document at most, whatever its aliases multiply to.
  private static let limit = 10_000

  /// - Returns: None for a text that is not YAML, or nothing that a run writes: it has no settings to be found by.
  package static func settings(ofYAML text: String) -> [String: RunValue] {
    guard let root = (try? Yams.compose(yaml: text)) ?? nil else { return [:] }
    var collector = Collector()
    if let steps = root["steps"] {
      for step in steps.sequence ?? [] {
        for (command, sections) in step.mapping ?? [:] {
          collector.collect(sections, as: steps.sequence?.count == 1 ? "" : command.string ?? "")
        }
      }
    } else {
      for (key, value) in root.mapping ?? [:] where key.string != "metadata" {
        collector.collect(value, as: key.string ?? "")
      }
    }
    return collector.settings
  }

  /// The function `settingsOfYAML` of migrations: the same as a JSON object.
  static let ofYAML = DatabaseFunction("settingsOfYAML", argumentCount: 1, pure: true) { values in
    try json(String.fromDatabaseValue(values[0]) ?? "")
  }

  /// Enters the settings of a run that is in its table already.
  static func insert(of run: RunRecord, _ db: Database) throws {
    let settings = try json(run.configYAML)
    try db.execute(
      sql: "INSERT INTO setting (name, value) SELECT key, value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING",
      arguments: [settings])
    try db.execute(
      sql: """
        INSERT INTO runSetting (runID, settingID)
        SELECT ?, setting.id FROM json_each(?) AS each
        JOIN setting ON setting.name = each.key AND setting.value = each.value
        """, arguments: [run.id, settings])
  }

  private static func json(_ yaml: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(settings(ofYAML: yaml)), as: UTF8.self)
  }

  private struct Collector {
    var settings: [String: RunValue] = [:]
    private var visits = 0

    mutating func collect(_ node: Node, as name: String) {
      visits += 1
      guard visits <= limit else { return }
      if let mapping = node.mapping {
        for (key, value) in mapping {
          guard let key = key.string else { continue }
          collect(value, as: name.isEmpty ? key : "\(name).\(key)")
        }
      } else if let value = Self.value(of: node), !name.isEmpty {
        settings[name] = value
      }
    }

    private static func value(of node: Node) -> RunValue? {
      if let sequence = node.sequence {
        let words = sequence.prefix(limit).compactMap { value(ofScalar: $0)?.description }
        return words.isEmpty ? nil : .text(words.joined(separator: " "))
      }
      return value(ofScalar: node)
    }

    private static func value(ofScalar node: Node) -> RunValue? {
      guard let text = node.scalar?.string else { return nil }
      switch Tag.Name(rawValue: node.tag.rawValue) {
      case .null: return nil
      case .bool: return .text(node.bool == true ? "true" : "false")
      case .int: if let value = node.int { return .integer(Int64(value)) }
      case .float: if let value = node.float, value.isFinite { return .real(value) }
      default: break
      }
      // SQLite's text ends at NUL.
      return text.isEmpty || text.utf8.contains(0) ? nil : .text(text)
    }
  }
}
