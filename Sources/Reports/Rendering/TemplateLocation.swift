/// Where the templates are: beside the program, so that it can be moved, and wherever the user has others.
package import Foundation

extension TemplateSet {
  /// The name of the environment variable that names a directory of templates.
  package static let environmentVariable = "BERGSON_TEMPLATES"

  /// The built-in templates, with the user's in place of those that the user has.
  ///
  /// The user's directory is `explicit` (`--templates`), else `BERGSON_TEMPLATES`; relative paths start at
  /// `workingDirectory`. `executable` is the program, symbolic links resolved.
  ///
  /// - Throws: `ReportError`.
  package static func locate(
    explicit: String?, environment: [String: String], executable: URL, workingDirectory: URL
  ) throws -> TemplateSet {
    let named = [explicit, environment[environmentVariable]].compactMap(\.self).first { !$0.isEmpty }
    let builtIn = try builtInDirectory(executable: executable)
    guard let named else { return try TemplateSet(directories: [builtIn]) }
    let user = named.hasPrefix("/") ? URL(filePath: named) : workingDirectory.appending(path: named)
    return try TemplateSet(directories: [builtIn, user.standardizedFileURL])
  }

  /// `templates` beside the program, `share/bergson/templates` beside its `bin`, or `templates` of the package in whose
  /// build directory it lies.
  static func builtInDirectory(executable: URL) throws -> URL {
    let directory = executable.standardizedFileURL.deletingLastPathComponent()
    var candidates = [
      directory.appending(path: "templates"),
      directory.deletingLastPathComponent().appending(path: "share/bergson/templates"),
    ]
    var ancestor = directory
    while ancestor.path != "/" {
      ancestor = ancestor.deletingLastPathComponent().standardizedFileURL
      guard FileManager.default.fileExists(atPath: ancestor.appending(path: "Package.swift").path) else { continue }
      candidates.append(ancestor.appending(path: "templates"))
      break
    }
    let root = "html/\(root).mustache"
    guard
      let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0.appending(path: root).path) })
    else { throw ReportError.noTemplates(searched: candidates.map(\.path)) }
    return found
  }
}
