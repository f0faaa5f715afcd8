/// `bergson report`: runs as a page that can be sent on.
import ArgumentParser
import Foundation

struct Report: ParsableCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument, Sendable { case html, md }

  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a report of one or several runs.",
    discussion: "Reads the catalog only: no model is needed, and the runs' directories may be gone.")

  @Argument(help: ArgumentHelp("Names, numbers or paths of runs.", valueName: "RUN"))
  var runs: [String]

  @Option(
    name: [.customLong("output"), .customShort("o")],
    help: ArgumentHelp("Where to write it (default: stdout)", valueName: "file"))
  var output: String?

  @Option(name: .customLong("format"), help: "Form of the report (default: by the ending of the file, else html)")
  var format: Format?

  @Option(name: .customLong("top"), help: ArgumentHelp("Documents shown per query and side.", valueName: "k"))
  var top = 10

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
}
