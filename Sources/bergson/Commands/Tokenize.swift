/// `bergson tokenize`: what a model sees of a text.
import ArgumentParser

struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Print the tokens of texts as JSON lines: ids, tokens and offsets.",
    discussion: """
      Offsets count Unicode scalars of the text, as those of Hugging Face's tokenizers do; tokens that stand for nothing \
      in it have 0 and 0. Reads standard input line by line unless --text or --file gives the texts.
      """)

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp(
      "Directory with a tokenizer.json, such a file, a GGUF file, or the id of a repository of the hub",
      valueName: "model"))
  var model: String

  @Option(
    name: .customLong("revision"),
    help: ArgumentHelp("Branch, tag or commit of the model's repository (default: none)", valueName: "revision"))
  var revision: String?

  @Option(
    name: .customLong("text"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A text; may be given several times", valueName: "text"))
  var texts: [String] = []

  @Option(
    name: .customLong("file"),
    help: ArgumentHelp("A file with one text per line, empty lines among them", valueName: "file"))
  var file: String?

  @Flag(
    name: .customLong("json"),
    help: "Lines of the file or of standard input are JSON strings, which can hold line breaks.")
  var json = false

  func validate() throws {
    if file != nil, !texts.isEmpty {
      throw ValidationError("--text and --file exclude each other: give the texts one way")
    }
    if json, !texts.isEmpty {
      throw ValidationError("--json is about lines of a file or of standard input; leave it out with --text")
    }
  }
}
