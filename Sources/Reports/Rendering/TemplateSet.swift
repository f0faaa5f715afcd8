/// The templates of reports: files `html/*.mustache` and `markdown/*.mustache`, checked before anything is rendered.
package import Foundation
import Mustache

package struct TemplateSet: Sendable {
  private let libraries: [ReportFormat: MustacheLibrary]
  private let directories: [String]

  /// The template that a report of either format begins with.
  static let root = "report"
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
    let schema = TemplateSchema(of: ReportDocument.self)
    var libraries: [ReportFormat: MustacheLibrary] = [:]
    for (format, files) in zip(ReportFormat.allCases, files) {
      libraries[format] = try Self.library(files, format: format, schema: schema, directories: paths)
    }
    self.libraries = libraries
    self.directories = paths
  }

  /// - Throws: `ReportError.missingTemplate`, where the library has silence.
  func render(_ document: ReportDocument, as format: ReportFormat) throws -> String {
    guard
      let text = libraries[format]?.render(TemplateValue.make(document, for: format), withTemplate: Self.root)
    else {
      throw ReportError.missingTemplate(
        name: "\(format.rawValue)/\(Self.root)", neededBy: "a report", directories: directories)
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
    _ files: [String: URL], format: ReportFormat, schema: TemplateSchema, directories: [String]
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
    try check.check(root, neededBy: "a report", schema: schema)
    return library
  }
}
