/// The templates of reports: files `html/*.mustache` and `markdown/*.mustache`, checked before anything is rendered.
package import Foundation
import Mustache

package struct TemplateSet: Sendable {
  private let libraries: [ReportFormat: MustacheLibrary]
  private let directories: [String]

  /// The template that a report of one run begins with, in either format.
  static let root = "report"
  /// The one of a comparison.
  static let comparisonRoot = "comparison"
  private static let fileExtension = "mustache"

  /// Reads templates, and checks that every name in them is there. A file of a later directory takes the place of one of
  /// the same name in an earlier.
  ///
  /// - Throws: `ReportError`, `.emptyTemplateDirectory` for a directory without templates.
  package init(directories: [URL]) throws {
    let paths = directories.map(\.path)
    var files = ReportFormat.allCases.map { _ in [String: URL]() }
    for directory in directories {
      var isEmpty = true
      for (index, format) in ReportFormat.allCases.enumerated() {
        let found = try Self.files(in: directory.appending(path: format.rawValue))
        isEmpty = isEmpty && found.isEmpty
        files[index].merge(found) { _, later in later }
      }
      if isEmpty { throw ReportError.emptyTemplateDirectory(directory.path) }
    }
    let schemas = [
      Self.root: TemplateSchema(of: ReportDocument.self),
      Self.comparisonRoot: TemplateSchema(of: ComparisonDocument.self),
    ]
    var libraries: [ReportFormat: MustacheLibrary] = [:]
    for (format, files) in zip(ReportFormat.allCases, files) {
      libraries[format] = try Self.library(files, format: format, schemas: schemas, directories: paths)
    }
    self.libraries = libraries
    self.directories = paths
  }

  /// - Throws: `ReportError.missingTemplate`, where the library has silence.
  func render(_ document: ReportDocument, as format: ReportFormat) throws -> String {
    try render(document, Self.root, as: format)
  }

  func render(_ document: ComparisonDocument, as format: ReportFormat) throws -> String {
    try render(document, Self.comparisonRoot, as: format)
  }

  private func render(_ document: Any, _ root: String, as format: ReportFormat) throws -> String {
    guard let text = libraries[format]?.render(TemplateValue.make(document, for: format), withTemplate: root) else {
      throw ReportError.missingTemplate(
        name: "\(format.rawValue)/\(root)", neededBy: "a report", directories: directories)
    }
    return text
  }

  /// Templates directly in a directory, by name; none where there is no directory.
  private static func files(in directory: URL) throws -> [String: URL] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory), isDirectory.boolValue
    else { return [:] }
    do {
      let contents = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
      let templates = contents.filter { $0.pathExtension == fileExtension }
      return Dictionary(uniqueKeysWithValues: templates.map { ($0.deletingPathExtension().lastPathComponent, $0) })
    } catch {
      throw ReportError.unreadableTemplate(file: directory.path, reason: error.localizedDescription)
    }
  }

  private static func library(
    _ files: [String: URL], format: ReportFormat, schemas: [String: TemplateSchema], directories: [String]
  ) throws -> MustacheLibrary {
    var library = MustacheLibrary()
    var sources: [String: TemplateCheck.Source] = [:]
    for (name, file) in files.sorted(by: { $0.key < $1.key }) {
      let text: String
      do {
        text = try String(contentsOf: file, encoding: .utf8)
      } catch {
        throw ReportError.unreadableTemplate(file: file.path, reason: error.localizedDescription)
      }
      sources[name] = TemplateCheck.Source(file: file.path, tags: try TemplateTag.read(text, file: file.path))
      do {
        // Values are escaped already (`TemplateValue`). Partials do not inherit the content type, so each says it.
        try library.register("{{% CONTENT_TYPE: TEXT}}\n" + text, named: name)
      } catch let error as MustacheTemplate.ParserError {
        throw ReportError.templateSyntax(
          file: file.path, line: error.context.lineNumber - 1, reason: "\(error.error)")
      }
    }
    let check = TemplateCheck(format: format, sources: sources, directories: directories)
    // Comparisons have templates among the built-in ones, over which a user's are laid.
    for (root, schema) in schemas where root == Self.root || sources[root] != nil {
      try check.check(root, neededBy: "a report", schema: schema)
    }
    return library
  }
}
