/// A section of a configuration file (`index_cfg`, `data`, …): the settings that this version has, and those of the
/// Python tool that it only has at their defaults.
struct Section<Config>: Sendable {
  let settings: [Setting<Config>]
  /// What the Python tool writes for features that are not here: accepted at exactly these values, so that its files
  /// run, and refused otherwise, so that none of its features is silently left out.
  let fixed: [String: FixedValue]

  /// Dotted keys of all settings, nested ones included.
  var keys: [String] { settings.flatMap(\.subkeys) }

  /// The same section for a command that fixes some of the settings itself.
  func fixing(_ values: [String: FixedValue]) -> Section {
    Section(
      settings: settings.filter { values[$0.key] == nil },
      fixed: fixed.merging(values) { $1 })
  }

  /// Reads what the mapping gives; the rest of `config` keeps its values.
  func read(_ yaml: YAMLValue, into config: inout Config, at place: FilePlace) throws {
    guard case .mapping(let entries) = yaml.kind else {
      throw ConfigurationError.wrongValue(place.error, found: yaml.description, expected: "a mapping of settings")
    }
    var seen: [String: String] = [:]
    for entry in entries {
      let place = place.appending(entry)
      if let setting = settings.first(where: { $0.key == entry.key || $0.alias == entry.key }) {
        if let other = seen.updateValue(entry.key, forKey: setting.key) {
          throw ConfigurationError.givenTwice(place.error, otherName: other)
        }
        try setting.read(entry.value, &config, place)
      } else if let only = fixed[entry.key] {
        try only.check(entry.value, at: place)
      } else {
        let known = settings.flatMap { [$0.key, $0.alias].compactMap(\.self) } + fixed.keys
        throw ConfigurationError.unknownKey(
          place.error, suggestion: Spelling.nearest(to: entry.key, among: known))
      }
    }
  }

  /// Every setting, in the order of the table.
  func write(_ config: Config) -> YAMLValue {
    .mapping(settings.map { ($0.key, $0.write(config)) })
  }

  func validate(_ config: Config, place: (String) -> ConfigurationError.Place) throws {
    for setting in settings { try setting.validate(config, place) }
  }
}

/// Where in a file a value stands.
struct FilePlace: Sendable {
  let file: String
  let key: String
  let line: Int

  func appending(_ entry: YAMLValue.Entry) -> FilePlace {
    FilePlace(file: file, key: key.isEmpty ? entry.key : "\(key).\(entry.key)", line: entry.line)
  }

  var error: ConfigurationError.Place { .file(file, line: line, key: key) }
}

/// The one value that a setting of the Python tool may have here. Written as literals: `"fsdp": false`.
enum FixedValue: Equatable, Sendable, ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  case null
  case bool(Bool)
  case int(Int)
  case string(String)
  case emptyList
  case mapping([String: FixedValue])

  init(nilLiteral: ()) { self = .null }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int) { self = .int(value) }
  init(stringLiteral value: String) { self = .string(value) }
  init(arrayLiteral elements: Never...) { self = .emptyList }
  init(dictionaryLiteral elements: (String, FixedValue)...) {
    self = .mapping(Dictionary(uniqueKeysWithValues: elements))
  }

  /// Throws unless the file says exactly this.
  func check(_ yaml: YAMLValue, at place: FilePlace) throws {
    if case .mapping(let values) = self, case .mapping(let entries) = yaml.kind {
      for entry in entries {
        let place = place.appending(entry)
        guard let only = values[entry.key] else {
          throw ConfigurationError.unknownKey(
            place.error, suggestion: Spelling.nearest(to: entry.key, among: Array(values.keys)))
        }
        try only.check(entry.value, at: place)
      }
    } else if yaml.kind != kind {
      throw ConfigurationError.unsupported(
        place.error, found: yaml.description, onlyValue: YAMLValue(kind).description)
    }
  }

  private var kind: YAMLValue.Kind {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .string(let value): .string(value)
    case .emptyList: .list([])
    case .mapping: .mapping([])
    }
  }
}
