/// `bergson report`: runs as a page that can be sent on.
import ArgumentParser
import Catalog
import Foundation
import Reports

struct Report: ParsableCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument, Sendable { case html, md }

  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a report of a run.",
    discussion: "Reads the catalog only: no model is needed, and the run's directory may be gone.")

  @Argument(help: ArgumentHelp("Name, id (or its beginning) or path of a run.", valueName: "RUN"))
  var wanted: String

  @Option(
    name: [.customLong("output"), .customShort("o")],
    help: ArgumentHelp("Where to write it (default: stdout)", valueName: "file"))
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
    if top < 1 { throw ValidationError("--top: found \(top), expected an integer, at least 1") }
  }

  /// The form asked for, or the one that the file's name ends in.
  var resolvedFormat: Format {
    if let format { return format }
    let ending = output.map { URL(fileURLWithPath: $0).pathExtension.lowercased() }
    return ending == "md" || ending == "markdown" ? .md : .html
  }

  func run() throws {
    let workingDirectory = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let catalog = try RunCatalog.openExisting(at: global.catalogURL(in: workingDirectory))
    let record = try catalog.run(matching: wanted, workingDirectory: workingDirectory)
    var options = ReportOptions()
    options.hitsPerQuery = top
    if let queries { options.queries = try QuerySelection(queries) }
    let document = try ReportBuilder(
      catalog.details(of: record.id), catalog.publication(of: record.id), options: options
    ).document()
    let renderer = ReportRenderer(
      templates: try TemplateSet.locate(
        explicit: templates, environment: ProcessInfo.processInfo.environment, executable: Host.executable,
        workingDirectory: workingDirectory))
    let text = resolvedFormat == .html ? try renderer.html(document) : try renderer.markdown(document)
    guard let output else { return try Console.write(text, to: STDOUT_FILENO) }
    try ReportFile.write(text, to: URL(fileURLWithPath: output))
    try Console(verbosity: global.verbosity).result(output)
  }
}
