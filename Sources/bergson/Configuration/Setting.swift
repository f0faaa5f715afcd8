/// One setting of a section: its key in YAML, the property behind it and the values that make sense.
struct Setting<Config>: Sendable {
  typealias Place = ConfigurationError.Place

  let key: String
  /// Another name that YAML files may use for it.
  let alias: String?
  /// What the setting answers to, dotted where it is a section: its key and alias, or `data.split`, ….
  let subkeys: [String]
  let read: @Sendable (YAMLValue, inout Config, FilePlace) throws -> Void
  let write: @Sendable (Config) -> YAMLValue
  /// Throws for a value out of range. The closure turns a dotted key into the place to name.
  let validate: @Sendable (Config, (String) -> Place) throws -> Void

  /// A plain value.
  init<Value: SettingValue>(
    _ key: String, _ path: any WritableKeyPath<Config, Value> & Sendable, _ range: ValueRange<Value> = .any,
    alias: String? = nil
  ) {
    self.key = key
    self.alias = alias
    subkeys = [key] + (alias.map { [$0] } ?? [])
    read = { yaml, config, place in
      guard let value = Value(yaml: yaml), range.contains(value) else {
        throw ConfigurationError.wrongValue(
          place.error, found: yaml.description, expected: range.expectation)
      }
      config[keyPath: path] = value
    }
    write = { $0[keyPath: path].yaml }
    validate = { config, place in
      let value = config[keyPath: path]
      guard range.contains(value) else {
        throw ConfigurationError.wrongValue(
          place(key), found: value.yaml.description, expected: range.expectation)
      }
    }
  }

  /// A nested section, as `data:` in `index_cfg:`.
  init<Sub>(_ key: String, _ path: any WritableKeyPath<Config, Sub> & Sendable, section: Section<Sub>) {
    self.key = key
    alias = nil
    subkeys = section.keys.map { "\(key).\($0)" }
    read = { try section.read($0, into: &$1[keyPath: path], at: $2) }
    write = { section.write($0[keyPath: path]) }
    validate = { config, place in
      try section.validate(config[keyPath: path]) { place("\(key).\($0)") }
    }
  }
}

extension Setting {
  /// A setting of a part, as one of the whole.
  init<Part>(_ setting: Setting<Part>, of path: any WritableKeyPath<Config, Part> & Sendable) {
    key = setting.key
    alias = setting.alias
    subkeys = setting.subkeys
    read = { try setting.read($0, &$1[keyPath: path], $2) }
    write = { setting.write($0[keyPath: path]) }
    validate = { try setting.validate($0[keyPath: path], $1) }
  }
}

/// The values of a type that a setting may take.
struct ValueRange<Value: SettingValue>: Sendable {
  let expectation: String
  let contains: @Sendable (Value) -> Bool

  private init(_ words: String?, _ contains: @escaping @Sendable (Value) -> Bool) {
    expectation = Value.expectation + (words.map { ", \($0)" } ?? "")
    self.contains = contains
  }

  static var any: Self { Self(nil) { _ in true } }

  static func oneOf(_ values: Value...) -> Self {
    Self("one of " + values.map { "\($0)" }.joined(separator: ", ")) { values.contains($0) }
  }
}

extension ValueRange where Value: Comparable {
  static func atLeast(_ minimum: Value) -> Self {
    Self("at least \(minimum)") { $0 >= minimum }
  }
}

extension ValueRange where Value == Int? {
  static func atLeast(_ minimum: Int) -> Self {
    Self("at least \(minimum)") { $0.map { $0 >= minimum } ?? true }
  }
}

extension ValueRange where Value == Double {
  // Every comparison with NaN is false, so NaN is in none of these.
  static func finite(from minimum: Double) -> Self {
    Self("at least \(minimum)") { $0 >= minimum && $0.isFinite }
  }

  static var positive: Self { Self("greater than 0") { $0 > 0 && $0.isFinite } }

  static var zeroToBelowOne: Self { Self("at least 0 and less than 1") { $0 >= 0 && $0 < 1 } }

  static var zeroToOne: Self { Self("from 0 to 1") { $0 >= 0 && $0 <= 1 } }
}
