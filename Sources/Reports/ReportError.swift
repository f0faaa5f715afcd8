/// What can keep a report from being made, as facts; `description` has the words and the cure.
package enum ReportError: Error, Equatable, CustomStringConvertible {
  /// No directory with templates at any of the places where there should be one.
  case noTemplates(searched: [String])
  /// A directory that the user named has no templates.
  case emptyTemplateDirectory(String)
  case unreadableTemplate(file: String, reason: String)
  /// A template that a report or another template needs.
  case missingTemplate(name: String, neededBy: String, directories: [String])
  case templateSyntax(file: String, line: Int, reason: String)
  /// A template names something that reports do not have.
  case unknownField(file: String, line: Int, name: String, known: [String])
  /// A template uses a field as something that it is not.
  case wrongUse(file: String, line: Int, name: String, reason: String)
  case partialCycle(file: String, line: Int, names: [String])

  case notASelection(String)
  case noSuchQuery(position: Int, queryCount: Int)

  package var description: String {
    switch self {
    case .noTemplates(let searched):
      "no report templates were found, looked in \(searched.map { "'\($0)'" }.joined(separator: ", ")); name their "
        + "directory with --templates or BERGSON_TEMPLATES"
    case .emptyTemplateDirectory(let path):
      "'\(path)' has no templates, expected files such as 'html/report.mustache' or 'markdown/report.mustache' in it"
    case .unreadableTemplate(let file, let reason):
      "the template '\(file)' cannot be read: \(reason)"
    case .missingTemplate(let name, let neededBy, let directories):
      "there is no template '\(name).mustache', which \(neededBy) needs, in "
        + "\(directories.map { "'\($0)'" }.joined(separator: ", ")); restore it, or correct the name"
    case .templateSyntax(let file, let line, let reason):
      "\(file):\(line): \(reason)"
    case .unknownField(let file, let line, let name, let known):
      "\(file):\(line): reports have no '\(name)' here, only: \(known.joined(separator: ", "))"
    case .wrongUse(let file, let line, let name, let reason):
      "\(file):\(line): '\(name)' \(reason)"
    case .partialCycle(let file, let line, let names):
      "\(file):\(line): templates include each other without end: \(names.joined(separator: " -> "))"
    case .notASelection(let text):
      "'\(text)' does not say which queries, expected 'all' or positions from 0 such as '0-9,17'"
    case .noSuchQuery(let position, let queryCount):
      "the run has no query \(position): it has \(queryCount), "
        + (queryCount == 0 ? "so there is none to choose" : "counted from 0 to \(queryCount - 1)")
    }
  }
}
