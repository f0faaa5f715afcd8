/// `bergson query`: ask an index which documents pull towards a text and which push away from it.
import ArgumentParser

struct Query: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Find the documents that most raise or lower the probability of a text.",
    discussion: "Reads texts from the terminal until `exit` or the end of input, unless --text or --file gives them.")

  @Argument(help: ArgumentHelp("A file with the settings of `query`.", valueName: "FILE.yaml"))
  var file: String?

  @Option(
    name: .customLong("text"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A text to ask about; may be given several times", valueName: "text"))
  var texts: [String] = []

  @Option(name: .customLong("file"), help: ArgumentHelp("A file with one text per line", valueName: "file"))
  var textFile: String?

  @Flag(name: .customLong("json"), help: "Print one JSON object per text.")
  var json = false

  @OptionGroup(title: "Search") var query: QueryOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  /// Where the texts come from.
  enum Source: Equatable {
    case texts([String])
    case file(String)
    case interactive
  }

  var source: Source {
    if let textFile { return .file(textFile) }
    return texts.isEmpty ? .interactive : .texts(texts)
  }

  func validate() throws {
    if textFile != nil, !texts.isEmpty {
      throw ValidationError("--text and --file exclude each other: give the texts one way")
    }
    if let file, !RunConfiguration.isFile(file) {
      throw ValidationError("expected a .yaml file with settings, found '\(file)'; give a text with --text")
    }
  }

  func makeConfiguration() throws -> (step: RunStep, notes: [String]) {
    var (step, notes) = try file.map { try RunConfiguration.read($0, for: .query) } ?? (RunStep(.query), [])
    query.override(&step.query)
    return (try step.validated(), notes)
  }
}
