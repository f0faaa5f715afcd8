/// What is wrong with a template, or with what it is asked to render, and on which line.
///
/// The words are those of jinja2 and of Python's own exceptions, since that is what people search for.
package struct JinjaError: Error, Equatable {
  package enum Kind: String, Equatable, Sendable {
    /// The template cannot be read (`TemplateSyntaxError`).
    case syntax
    /// An operation on something that is not defined (`UndefinedError`).
    case undefined
    /// The template itself refused, with `raise_exception`.
    case raised
    /// An attribute or a method that the sandbox withholds (`SecurityError`).
    case security
    /// Operands or arguments that do not go together (`TypeError`).
    case type
    /// A value that is out of the question (`ValueError`, `OverflowError`, `ZeroDivisionError`, lookups).
    case value
    /// What bounds hostile templates: depth, size, steps.
    case limit
  }

  package let kind: Kind
  package let message: String
  /// Of the template, counted from 1; nil until the node at fault has been seen.
  package internal(set) var line: Int?

  init(_ kind: Kind, _ message: String, line: Int? = nil) {
    self.kind = kind
    self.message = message
    self.line = line
  }

  static func type(_ message: String) -> JinjaError { JinjaError(.type, message) }
  static func value(_ message: String) -> JinjaError { JinjaError(.value, message) }
  static func limit(_ message: String) -> JinjaError { JinjaError(.limit, message) }
}

extension JinjaError: CustomStringConvertible {
  package var description: String {
    let place = line.map { "line \($0): " } ?? ""
    return switch kind {
    case .syntax, .undefined, .type, .value: place + message
    case .raised: "\(place)the template refuses: \(message)"
    case .security: "\(place)\(message) Templates can read what they are given, and change nothing"
    case .limit: "\(place)\(message); templates are bounded, so that any of them ends"
    }
  }
}
