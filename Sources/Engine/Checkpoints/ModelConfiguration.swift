package import Foundation

/// What is wrong with a `config.json`.
package enum ModelConfigurationError: Error, Equatable, CustomStringConvertible {
  case notJSON(file: String, reason: String)
  case missing(file: String, key: String)
  case wrongType(file: String, key: String, found: String, expected: String)
  case outOfRange(file: String, key: String, found: String, expected: String)

  package var description: String {
    switch self {
    case .notJSON(let file, let reason): "'\(file)' is not a JSON object: \(reason)"
    case .missing(let file, let key): "'\(file)' has no '\(key)'"
    case .wrongType(let file, let key, let found, let expected):
      "'\(key)' of '\(file)' is \(found), expected \(expected)"
    case .outOfRange(let file, let key, let found, let expected):
      "'\(key)' of '\(file)' is \(found), expected \(expected)"
    }
  }
}

/// A `config.json` as transformers writes it: a JSON object, read key by key because every architecture spells its own.
///
/// A key whose value is `null` counts as absent, for that is how transformers writes what was not set. Errors name the
/// file and the path of the key.
package struct ModelConfiguration: Sendable {
  package let file: URL
  /// What errors call it: the path of the file, unless the values come from elsewhere.
  package let source: String
  /// Path of this object inside the file, with a trailing dot; empty at the top.
  private let keyPrefix: String
  private let members: JSONObject
  private let nullKeys: Set<String>

  /// Reads `config.json` of a model directory.
  package init(directory: URL) throws {
    try self.init(file: directory.appendingPathComponent("config.json"))
  }

  package init(file: URL) throws {
    let map = try MemoryMap(file)
    do {
      let json = try withExtendedLifetime(map) { try JSONParser.parse(map.bytes) }
      guard case .object(let members) = json else {
        throw ModelConfigurationError.notJSON(file: file.path, reason: "it is \(json.kind)")
      }
      self.init(file: file, source: file.path, keyPrefix: "", members: members)
    } catch let error as JSONError {
      throw ModelConfigurationError.notJSON(file: file.path, reason: "\(error)")
    }
  }

  /// What another file says in its own words, in those of config.json.
  init(file: URL, members: JSONObject) {
    self.init(file: file, source: file.path, keyPrefix: "", members: members)
  }

  /// Values that a flag of the command line has, in place of a file.
  package init(flag: String, members: JSONObject) {
    self.init(file: URL(filePath: flag), source: flag, keyPrefix: "", members: members)
  }

  private init(file: URL, source: String, keyPrefix: String, members: JSONObject) {
    self.file = file
    self.source = source
    self.keyPrefix = keyPrefix
    self.members = JSONObject(members.lazy.filter { $0.value != .null })
    nullKeys = Set(members.lazy.filter { $0.value == .null }.map(\.key))
  }

  /// The architecture, such as `gpt_neox`.
  package var modelType: String {
    get throws { try string("model_type") }
  }

  /// Keys with a value, as they are written.
  package var keys: [String] { members.keys }

  package func contains(_ key: String) -> Bool {
    members[key] != nil
  }

  /// Whether the file spells the key with `null`: where null is not the default, that has a meaning.
  package func isNull(_ key: String) -> Bool {
    nullKeys.contains(key)
  }

  /// The value as it is; nil where it is absent or null.
  package func value(_ key: String) -> JSONValue? {
    members[key]
  }

  package func integer(_ key: String, in range: ClosedRange<Int> = 1...Int(Int32.max)) throws -> Int {
    try required(key, optionalInteger(key, in: range))
  }

  package func integer(_ key: String, in range: ClosedRange<Int> = 1...Int(Int32.max), default: Int) throws -> Int {
    try optionalInteger(key, in: range) ?? `default`
  }

  /// The default range is that of a size: positive, and small enough that products of two do not overflow.
  package func optionalInteger(_ key: String, in range: ClosedRange<Int> = 1...Int(Int32.max)) throws -> Int? {
    guard let value = members[key] else { return nil }
    guard case .integer(let integer) = value else { throw wrongType(key, value, "an integer") }
    guard range.contains(integer) else {
      throw outOfRange(key, "\(integer)", "\(range.lowerBound) to \(range.upperBound)")
    }
    return integer
  }

  /// Integers are accepted: `"rope_theta": 10000` is common.
  package func number(_ key: String, in range: ClosedRange<Double>) throws -> Double {
    try required(key, optionalNumber(key, in: range))
  }

  package func number(_ key: String, in range: ClosedRange<Double>, default: Double) throws -> Double {
    try optionalNumber(key, in: range) ?? `default`
  }

  package func optionalNumber(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    guard let value = members[key] else { return nil }
    let number: Double
    switch value {
    case .number(let found): number = found
    case .integer(let found): number = Double(found)
    default: throw wrongType(key, value, "a number")
    }
    guard range.contains(number) else {
      throw outOfRange(key, "\(number)", "\(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  package func bool(_ key: String) throws -> Bool {
    try required(key, optionalBool(key))
  }

  package func bool(_ key: String, default: Bool) throws -> Bool {
    try optionalBool(key) ?? `default`
  }

  package func string(_ key: String) throws -> String {
    try required(key, optionalString(key))
  }

  package func string(_ key: String, default: String) throws -> String {
    try optionalString(key) ?? `default`
  }

  package func optionalString(_ key: String) throws -> String? {
    guard let value = members[key] else { return nil }
    guard case .string(let text) = value else { throw wrongType(key, value, "a string") }
    return text
  }

  /// An object inside the object, such as `rope_parameters`; nil where it is absent.
  package func nested(_ key: String) throws -> ModelConfiguration? {
    guard let value = members[key] else { return nil }
    guard case .object(let inner) = value else { throw wrongType(key, value, "an object") }
    return ModelConfiguration(file: file, source: source, keyPrefix: "\(keyPrefix)\(key).", members: inner)
  }

  private func optionalBool(_ key: String) throws -> Bool? {
    guard let value = members[key] else { return nil }
    guard case .bool(let flag) = value else { throw wrongType(key, value, "true or false") }
    return flag
  }

  private func required<Value>(_ key: String, _ value: Value?) throws -> Value {
    guard let value else { throw ModelConfigurationError.missing(file: source, key: keyPrefix + key) }
    return value
  }

  private func wrongType(_ key: String, _ value: JSONValue, _ expected: String) -> ModelConfigurationError {
    .wrongType(file: source, key: keyPrefix + key, found: value.kind, expected: expected)
  }

  private func outOfRange(_ key: String, _ found: String, _ expected: String) -> ModelConfigurationError {
    .outOfRange(file: source, key: keyPrefix + key, found: found, expected: expected)
  }
}
