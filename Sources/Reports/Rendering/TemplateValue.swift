/// A view model as the Mustache library takes it: dictionaries, arrays, flags, and texts that are already safe.
import Mustache

enum TemplateValue {
  /// Escapes every text for the format. What is absent is there as `Absent`, so that the library does not look for
  /// something else of the same name further out.
  static func make(_ value: Any, for format: ReportFormat) -> Any {
    switch value {
    case let text as String: return format.inline(text)
    case let passage as Passage: return format.passage(passage.text)
    case let figure as Figure: return format.figure(figure)
    case let markup as Markup: return markup.source
    case let flag as Bool: return flag
    default: break
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.map { make($0.value, for: format) } ?? Absent()
    case .collection: return mirror.children.map { make($0.value, for: format) }
    case .struct:
      var fields: [String: Any] = [:]
      for case (let label?, let field) in mirror.children { fields[label] = make(field, for: format) }
      return fields
    default: preconditionFailure("\(type(of: value)) is not for templates: values of view models are texts and flags")
    }
  }
}

/// Renders as nothing, and its sections are skipped.
struct Absent: MustacheCustomRenderable {
  var renderText: String { "" }
  var isNull: Bool { true }
}
