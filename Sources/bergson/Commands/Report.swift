/// `bergson report`: runs as a page that can be sent on.
import ArgumentParser
import Catalog
import Foundation
import Reports

struct Report: ParsableCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument, Sendable { case html, md, json, csv }

  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a report of a run, or a comparison of several.",
    discussion: """
      Reads the catalog, and the score files where they are still there; no model is needed, and the run's directory may be \
      gone.
      """)

  @Argument(help: ArgumentHelp("Names, ids (or their beginnings) or paths of runs.", valueName: "RUN"))
  var wanted: [String]

  @Option(
    name: [.customLong("output"), .customShort("o")],
    help: ArgumentHelp("Where to write it; a directory for csv (default: stdout)", valueName: "file"))
  var output: String?

  @Option(name: .customLong("format"), help: "Form of the report (default: by the ending of the file, else html)")
  var format: Format?

  @Option(name: .customLong("top"), help: ArgumentHelp("Documents shown per query and side.", valueName: "k"))
  var top = 10

  @Option(
    name: .customLong("queries"),
    help: ArgumentHelp(
      "Queries shown: `all`, or their numbers from 0 as in 0-9,17 (default: the first 20)", valueName: "which"))
  var queries: String?

  @Option(
    name: .customLong("templates"),
    help: ArgumentHelp("Directory with templates to use instead of the built-in ones", valueName: "directory"))
  var templates: String?

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func validate() throws {
    if wanted.isEmpty { throw ValidationError("a report needs a run, 'bergson runs list' has them") }
    if top < 1 { throw ValidationError("--top: found \(top), expected an integer, at least 1") }
    if resolvedFormat == .csv, output == nil {
      throw ValidationError("--format csv makes a file for each table; name their directory with -o")
    }
  }

  /// The form asked for, or the one that the file's name ends in.
  var resolvedFormat: Format {
    if let format { return format }
    let ending = output.map { URL(fileURLWithPath: $0).pathExtension.lowercased() } ?? ""
    return ending == "markdown" ? .md : ["md", "json"].contains(ending) ? Format(rawValue: ending) ?? .html : .html
  }

  func run() throws {
    let workingDirectory = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let catalog = try RunCatalog.openExisting(at: global.catalogURL(in: workingDirectory))
    let runs = try wanted.map { try catalog.run(matching: $0, workingDirectory: workingDirectory) }
    var options = ReportOptions()
    options.hitsPerQuery = top
    if let queries { options.queries = try QuerySelection(queries) }
    if runs.count == 1 {
      let document = try ReportBuilder(
        catalog.details(of: runs[0].id), catalog.publication(of: runs[0].id), options: options
      ).document()
      try write(document, html: { try $0.html(document) }, markdown: { try $0.markdown(document) })
    } else {
      let document = try ComparisonBuilder(ComparedRuns(of: runs, in: catalog), options: options).document()
      try write(document, html: { try $0.html(document) }, markdown: { try $0.markdown(document) })
    }
  }

  private func write(
    _ content: some ReportContent, html: (ReportRenderer) throws -> String, markdown: (ReportRenderer) throws -> String
  ) throws {
    let text: String
    switch resolvedFormat {
    case .html: text = try html(renderer())
    case .md: text = try markdown(renderer())
    case .json: text = try ReportData.json(content)
    case .csv: return try writeTables(of: content)
    }
    guard let output else { return try Console.write(text, to: STDOUT_FILENO) }
    try ReportFile.write(text, to: URL(fileURLWithPath: output))
    try Console(verbosity: global.verbosity).result(output)
  }

  private func renderer() throws -> ReportRenderer {
    ReportRenderer(
      templates: try TemplateSet.locate(
        explicit: templates, environment: ProcessInfo.processInfo.environment, executable: Host.executable,
        workingDirectory: URL(fileURLWithPath: FileManager.default.currentDirectoryPath)))
  }

  private func writeTables(of content: some ReportContent) throws {
    guard let output else { preconditionFailure("validate() wants a directory for csv") }
    let directory = URL(fileURLWithPath: output)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for file in ReportData.csv(content) {
      try ReportFile.write(file.text, to: directory.appendingPathComponent(file.name))
      try Console(verbosity: global.verbosity).result("\(output)/\(file.name)")
    }
  }
}
