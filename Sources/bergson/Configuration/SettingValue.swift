/// The types that a setting may have, and how each is read from and written to YAML: strictly, so that a file that
/// says `projection_dim: 'sixteen'` or `split: no` is refused instead of guessed at.
import Engine

protocol SettingValue: Equatable, Sendable {
  /// What a reader should have written: "an integer".
  static var expectation: String { get }
  /// Nil for a value of another type.
  init?(yaml: YAMLValue)
  var yaml: YAMLValue { get }
}

extension Bool: SettingValue {
  static var expectation: String { "true or false" }

  init?(yaml: YAMLValue) {
    guard case .bool(let value) = yaml.kind else { return nil }
    self = value
  }

  var yaml: YAMLValue { YAMLValue(.bool(self)) }
}

extension Int: SettingValue {
  static var expectation: String { "an integer" }

  init?(yaml: YAMLValue) {
    guard case .int(let value) = yaml.kind else { return nil }
    self = value
  }

  var yaml: YAMLValue { YAMLValue(.int(self)) }
}

extension Double: SettingValue {
  static var expectation: String { "a number" }

  init?(yaml: YAMLValue) {
    switch yaml.kind {
    case .double(let value): self = value
    case .int(let value): self = Double(value)
    default: return nil
    }
  }

  var yaml: YAMLValue { YAMLValue(.double(self)) }
}

extension String: SettingValue {
  static var expectation: String { "a string (quote words that YAML takes for something else)" }

  init?(yaml: YAMLValue) {
    guard case .string(let value) = yaml.kind else { return nil }
    self = value
  }

  var yaml: YAMLValue { YAMLValue(.string(self)) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
  static var expectation: String { Wrapped.expectation + " or null" }

  init?(yaml: YAMLValue) {
    if yaml.kind == .null {
      self = .none
    } else if let value = Wrapped(yaml: yaml) {
      self = .some(value)
    } else {
      return nil
    }
  }

  var yaml: YAMLValue { self?.yaml ?? YAMLValue(.null) }
}

extension Array: SettingValue where Element == String {
  static var expectation: String { "a list of strings" }

  init?(yaml: YAMLValue) {
    guard case .list(let values) = yaml.kind else { return nil }
    let strings = values.compactMap { String(yaml: $0) }
    guard strings.count == values.count else { return nil }
    self = strings
  }

  var yaml: YAMLValue { YAMLValue(.list(map(\.yaml))) }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  static var expectation: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }

  init?(yaml: YAMLValue) {
    guard case .string(let name) = yaml.kind else { return nil }
    self.init(rawValue: name)
  }

  var yaml: YAMLValue { YAMLValue(.string(rawValue)) }
}

extension Precision: SettingValue {}
extension ScorePrecision: SettingValue {}
extension ProjectionType: SettingValue {}
extension ProjectionScale: SettingValue {}
extension ProjectionTarget: SettingValue {}
extension LossFunction: SettingValue {}
extension LossReduction: SettingValue {}
extension NormalizerKind: SettingValue {}
extension Aggregation: SettingValue {}
extension EigenvalueInversion: SettingValue {}
extension ScoreKind: SettingValue {}
extension CandidateDirection: SettingValue {}
extension HessianMethod: SettingValue {}
extension HessianPrecision: SettingValue {}
extension EvaluationMeasure: SettingValue {}
