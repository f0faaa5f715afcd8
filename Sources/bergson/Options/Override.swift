/// How flags replace what defaults or a file said: a flag that was not given is nil and changes nothing.
import ArgumentParser

extension Optional {
  func override(_ setting: inout Wrapped) {
    if let value = self { setting = value }
  }
}

/// The value of a flag for a setting that may be absent: `none` takes it away, whatever a file says.
enum Nullable<Value: ExpressibleByArgument & Sendable>: ExpressibleByArgument, Sendable {
  case none
  case some(Value)

  init?(argument: String) {
    if argument == "none" {
      self = .none
    } else if let value = Value(argument: argument) {
      self = .some(value)
    } else {
      return nil
    }
  }

  /// Shown in help.
  var value: Value? {
    switch self {
    case .none: nil
    case .some(let value): value
    }
  }
}

extension Optional {
  func override<Value>(_ setting: inout Value?) where Wrapped == Nullable<Value> {
    if let nullable = self { setting = nullable.value }
  }
}

/// The values of a list flag; `none` alone empties the list.
struct ListOverride: Sendable {
  let values: [String]

  init(_ values: [String]) { self.values = values }

  func override(_ setting: inout [String]) {
    if values == ["none"] {
      setting = []
    } else if !values.isEmpty {
      setting = values
    }
  }
}

extension ArgumentHelp {
  /// Help of a setting: flags are optional to the parser, so it cannot show the default by itself.
  static func setting<Value>(_ words: String, default value: Value, value name: String? = nil) -> ArgumentHelp {
    ArgumentHelp("\(words) (default: \(Self.show(value)))", valueName: name)
  }

  private static func show(_ value: Any) -> String {
    if let optional = value as? (any OptionalProtocol) { return optional.wrapped.map(show) ?? "none" }
    if let raw = value as? any RawRepresentable { return "\(raw.rawValue)" }
    if let list = value as? [String] { return list.isEmpty ? "none" : list.joined(separator: " ") }
    let text = "\(value)"
    return text.isEmpty ? "none" : text
  }
}

private protocol OptionalProtocol { var wrapped: Any? { get } }
extension Optional: OptionalProtocol { fileprivate var wrapped: Any? { self.map { $0 as Any } } }
