/// `matrix:` of a configuration file: settings with several values each, and the steps once for every combination.
///
///     matrix:
///       projection_dim: [8, 16]
///       damping_factor: [0.1, 0.01]
///
/// A key is that of a setting, as it stands in its section or with the section before it; every step that has the setting
/// takes the value. `{projection_dim}` in a string of a step stands for the value, so that paths differ. Combinations go
/// through the last key fastest.
struct SettingMatrix {
  /// A setting that varies.
  struct Axis: Equatable {
    /// As it is written, and as `{…}` names it.
    let key: String
    let values: [YAMLValue]
    let line: Int
  }

  let axes: [Axis]
  let file: String

  /// Combinations beyond which a file is taken for a mistake.
  private static let largest = 10_000

  /// - Throws: `ConfigurationError` for what is no mapping of settings to lists of plain values.
  init(_ yaml: YAMLValue, file: String) throws {
    self.file = file
    let place = FilePlace(file: file, key: "matrix", line: yaml.line)
    guard case .mapping(let entries) = yaml.kind, !entries.isEmpty else {
      throw ConfigurationError.wrongValue(
        place.error, found: yaml.description, expected: "a mapping of settings to lists of values")
    }
    axes = try entries.map { entry in
      guard case .list(let values) = entry.value.kind, !values.isEmpty, values.allSatisfy({ $0.word != nil }) else {
        throw ConfigurationError.wrongValue(
          place.appending(entry).error, found: entry.value.description, expected: "a list of plain values")
      }
      return Axis(key: entry.key, values: values, line: entry.line)
    }
    // Grows no further once it is too large.
    let count = axes.reduce(1) { $0 > Self.largest ? $0 : $0 * $1.values.count }
    guard count <= Self.largest else {
      throw ConfigurationError.wrongValue(
        place.error, found: "more than \(Self.largest) combinations", expected: "at most \(Self.largest)")
    }
  }

  /// Every combination, a value for each axis.
  private var combinations: [[YAMLValue]] {
    axes.reduce([[]]) { combinations, axis in
      combinations.flatMap { combination in axis.values.map { combination + [$0] } }
    }
  }

  /// The items of `steps:`, all of them for each combination. One that no axis changes stands there once.
  ///
  /// - Throws: `ConfigurationError` for an axis that no step has.
  func expanded(_ items: [YAMLValue]) throws -> [YAMLValue] {
    for axis in axes where !items.contains(where: { !settings(of: $0, named: axis.key).isEmpty }) {
      let known = items.flatMap { item in
        Self.command(of: item).map { command in command.sections.flatMap { command.keys(of: $0) } } ?? []
      }
      throw ConfigurationError.unknownKey(
        .file(file, line: axis.line, key: "matrix.\(axis.key)"),
        suggestion: Spelling.nearest(to: axis.key, among: known))
    }
    var seen: [YAMLValue] = []
    for combination in combinations {
      let named = Dictionary(uniqueKeysWithValues: zip(axes.map(\.key), combination.map { $0.word ?? "" }))
      for item in items {
        var item = item.replacingNames(named)
        for (axis, value) in zip(axes, combination) {
          for path in settings(of: item, named: axis.key) { item = item.setting(value, at: path, line: axis.line) }
        }
        if !seen.contains(item) { seen.append(item) }
      }
    }
    return seen
  }

  /// Where in an item a setting lies: command, section and dotted key.
  private func settings(of item: YAMLValue, named key: String) -> [[String]] {
    guard let command = Self.command(of: item) else { return [] }
    return command.sections.flatMap { section in
      command.keys(of: section).filter { key == $0 || key == "\(section.rawValue).\($0)" || $0.hasSuffix("." + key) }
        .map { [command.rawValue, section.rawValue] + $0.split(separator: ".").map(String.init) }
    }
  }

  private static func command(of item: YAMLValue) -> RunStep.Command? {
    item.entries.first.flatMap { RunStep.Command(rawValue: $0.key) }
  }
}

extension YAMLValue {
  /// A plain value as text; nil for lists, mappings and what has no type here.
  fileprivate var word: String? {
    switch kind {
    case .null: "none"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .string(let value): value
    case .list, .mapping, .other: nil
    }
  }

  /// Every `{name}` in every string, at any depth.
  fileprivate func replacingNames(_ words: [String: String]) -> YAMLValue {
    switch kind {
    case .string(let text):
      YAMLValue(.string(words.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }), line: line)
    case .list(let values): YAMLValue(.list(values.map { $0.replacingNames(words) }), line: line)
    case .mapping(let entries):
      YAMLValue(
        .mapping(entries.map { Entry(key: $0.key, value: $0.value.replacingNames(words), line: $0.line) }), line: line)
    case .null, .bool, .int, .double, .other: self
    }
  }

  /// With a value at a path of keys, whose mappings are made where there are none.
  fileprivate func setting(_ value: YAMLValue, at path: [String], line: Int) -> YAMLValue {
    guard let key = path.first else { return value }
    let own = self[key] ?? YAMLValue(.mapping([]), line: line)
    let changed = own.setting(value, at: Array(path.dropFirst()), line: line)
    var entries = self.entries
    if let place = entries.firstIndex(where: { $0.key == key }) {
      entries[place] = Entry(key: key, value: changed, line: entries[place].line)
    } else {
      entries.append(Entry(key: key, value: changed, line: line))
    }
    return YAMLValue(.mapping(entries), line: self.line)
  }
}
