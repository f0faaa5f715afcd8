/// `bergson tokenize`: what a model sees of a text.
import ArgumentParser

struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Print the tokens of texts as JSON lines: ids, tokens and offsets.",
    discussion: """
      Offsets count Unicode scalars of the text, as those of Hugging Face's tokenizers do; tokens that stand for nothing \
      in it have 0 and 0. Reads standard input line by line unless --text or --file gives the texts. Conversations go \
      through the model's chat template first; their lines have the text that it writes as well.
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

  @Option(
    name: .customLong("conversation"),
    help: ArgumentHelp("A file with one conversation per line: a JSON list of messages", valueName: "file"))
  var conversation: String?

  @Flag(
    name: .customLong("add_generation_prompt"),
    help: "Conversations end with what makes the model answer.")
  var addGenerationPrompt = false

  func validate() throws {
    if conversation != nil, file != nil || !texts.isEmpty || json {
      throw ValidationError("--conversation excludes --text, --file and --json: give conversations or texts")
    }
    if addGenerationPrompt, conversation == nil {
      throw ValidationError("--add_generation_prompt is about conversations; give them with --conversation")
    }
    if file != nil, !texts.isEmpty {
      throw ValidationError("--text and --file exclude each other: give the texts one way")
    }
    if json, !texts.isEmpty {
      throw ValidationError("--json is about lines of a file or of standard input; leave it out with --text")
    }
  }
}
