/// A YAML file that says how a record becomes a prompt and, if it says so, a completion (`--format_template`), in the
/// manner of lm-evaluation-harness: `doc_to_text` and optionally `doc_to_target` and `doc_to_choice`. Other keys, which
/// such files have, mean nothing here.
import Foundation
import Yams

struct FormatTemplate: Sendable {
  private enum Target {
    case column(String)
    case template(JinjaTemplate)
  }

  private let path: String
  private let text: JinjaTemplate
  private let target: Target?
  private let choices: [String]?

  /// - Throws: `FormatTemplateError`.
  init(path: String) throws {
    let source: String
    do {
      source = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
    } catch {
      throw FormatTemplateError.unreadable(path: path, reason: error.localizedDescription)
    }
    try self.init(source, path: path)
  }

  init(_ source: String, path: String) throws {
    self.path = path
    func malformed(_ reason: String) -> FormatTemplateError { .malformed(path: path, reason: reason) }
    let loaded: Any?
    do {
      loaded = try Yams.load(yaml: source)
    } catch {
      throw malformed("is not YAML that can be read: \(error)")
    }
    guard let fields = loaded as? [String: Any] else { throw malformed("is no mapping with the key 'doc_to_text'") }
    func template(_ key: String) throws -> String? {
      guard let value = fields[key], !(value is NSNull) else { return nil }
      guard let text = value as? String else { throw malformed("has '\(key)' that is no text") }
      return text
    }
    func parsed(_ key: String, _ source: String) throws -> JinjaTemplate {
      do {
        return try JinjaTemplate(source)
      } catch {
        throw malformed("has '\(key)' that is no template: \(error)")
      }
    }
    guard let text = try template("doc_to_text") else { throw malformed("has no 'doc_to_text'") }
    self.text = try parsed("doc_to_text", text)
    target = try template("doc_to_target").map { source in
      source.contains("{{") || source.contains("{%")
        ? .template(try parsed("doc_to_target", source)) : .column(source)
    }
    guard let value = fields["doc_to_choice"], !(value is NSNull) else {
      choices = nil
      return
    }
    guard target != nil else { throw malformed("has 'doc_to_choice' and no 'doc_to_target', which chooses") }
    guard let list = value as? [Any], !list.isEmpty else { throw malformed("has 'doc_to_choice' that is no list") }
    choices = try list.map { choice in
      if let text = choice as? String { return text }
      if let number = choice as? Int { return String(number) }
      throw malformed("has choices that are neither text nor integers")
    }
  }

  /// The prompt, and the completion where the template has a target.
  ///
  /// - Throws: `FormatTemplateError` with file and line of the record; `DataError` for a target column that is missing.
  func render(_ record: Record) throws -> (text: String, target: String?) {
    let prompt = try rendered("doc_to_text", text, record)
    guard let target else { return (prompt, nil) }
    var answer: JSONValue
    switch target {
    case .column(let column): answer = try record.value(column, flag: "'doc_to_target' of --format_template")
    case .template(let template): answer = .string(try rendered("doc_to_target", template, record))
    }
    if let choices { answer = .string(try choice(of: choices, by: answer, record)) }
    if case .string(let text) = answer { return (prompt, text) }
    // As Python's `str` writes it.
    return (prompt, try JinjaTemplate("{{ answer }}").render(JSONObject([("answer", answer)])))
  }

  private func rendered(_ key: String, _ template: JinjaTemplate, _ record: Record) throws -> String {
    do {
      return try template.render(record.columns)
    } catch {
      throw FormatTemplateError.failed(
        path: path, key: key, file: record.file, line: record.line, reason: "\(error)")
    }
  }

  /// Choices count from 0. Python's -1 for the last one is refused: data sets have it where the answer is not known.
  private func choice(of choices: [String], by answer: JSONValue, _ record: Record) throws -> String {
    let number: Int? =
      switch answer {
      case .integer(let integer): integer
      case .number(let number): Int(exactly: number.rounded(.towardZero))
      case .bool(let bool): bool ? 1 : 0
      case .string(let text): Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
      case .null, .array, .object: nil
      }
    guard let number, choices.indices.contains(number) else {
      let found = number.map(String.init) ?? answer.string.map { "'\($0)'" } ?? answer.kind
      throw FormatTemplateError.noChoice(
        path: path, file: record.file, line: record.line, found: found, count: choices.count)
    }
    return choices[number]
  }
}

package enum FormatTemplateError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  /// `reason` completes "the format template '<path>' ...".
  case malformed(path: String, reason: String)
  case failed(path: String, key: String, file: String, line: Int, reason: String)
  case noChoice(path: String, file: String, line: Int, found: String, count: Int)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read the format template '\(path)': \(reason)"
    case .malformed(let path, let reason): "the format template '\(path)' \(reason)"
    case .failed(let path, let key, let file, let line, let reason):
      "\(file), line \(line): '\(key)' of '\(path)' cannot be rendered: \(reason)"
    case .noChoice(let path, let file, let line, let found, let count):
      "\(file), line \(line): 'doc_to_target' of '\(path)' chooses among \(count) choices by number from 0, found \(found)"
    }
  }
}
