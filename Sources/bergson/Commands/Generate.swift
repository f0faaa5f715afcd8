/// `bergson generate`: what the model says, before asking which documents made it say so.
import ArgumentParser
import Engine
import Foundation
import Hub

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continue texts by the model's most probable tokens.",
    discussion: "Nothing is registered: a continuation is made anew faster than it is looked up.")

  private static let defaults = IndexConfig()
  private static let defaultLimit = 20

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp(
      "Directory or GGUF file of the model, or the id of a repository of the hub (required)", valueName: "path|id"))
  var model: String

  @Option(
    name: .customLong("revision"),
    help: ArgumentHelp("Branch, tag or commit of the model's repository (default: none)", valueName: "revision"))
  var revision: String?

  @Option(
    name: .customLong("text"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A text to continue; may be given several times", valueName: "text"))
  var texts: [String]

  @Option(
    name: .customLong("precision"),
    help: .setting("Precision of the model's weights; auto is as stored.", default: defaults.precision))
  var precision: Precision?

  @Option(
    name: .customLong("max_new_tokens"),
    help: .setting("Tokens after which to stop, at least 1.", default: defaultLimit, value: "tokens"))
  var newTokens: Int?

  @Flag(name: .customLong("json"), help: "Print one JSON object per text.")
  var json = false

  private var limit: Int { newTokens ?? Self.defaultLimit }

  func validate() throws {
    if limit < 1 { throw ValidationError("--max_new_tokens must be at least 1, found \(limit)") }
  }

  func run() throws {
    let loaded = try HubRepositories.using {
      try LoadedModel(model, revision: revision, precision: precision ?? Self.defaults.precision, from: $0)
    }
    let tokenizer = try Tokenizer(contentsOf: loaded.tokenizerLocation)
    let end = try tokenizer.endOfSequenceToken.map { try tokenizer.encode($0, addSpecialTokens: false).ids } ?? []
    // An end token that is several ids to the tokenizer cannot be recognised by one.
    let decoding = GreedyDecoding(limit: limit, stops: end.count == 1 ? Set(end) : [])
    for text in texts {
      let prefix = try tokenizer.encode(text).ids
      try Self.check(prefix, of: text, loaded.model)
      let ids = decoding.continuation(of: prefix, by: loaded.model)
      // Decoded together: byte-level tokens and leading spaces depend on what stands before them.
      let continuation = try tokenizer.decode(ids, skipSpecialTokens: true)
      try Console.write((json ? Output(text, continuation, ids).line : text + continuation) + "\n", to: STDOUT_FILENO)
    }
  }

  private static func check(_ prefix: [Int32], of text: String, _ model: any CausalLM) throws {
    if prefix.isEmpty { throw ValidationError("'\(text)' has no tokens: there is nothing to continue") }
    if prefix.count >= model.maximumLength {
      throw ValidationError(
        "the text has \(prefix.count) tokens, and the model reads at most \(model.maximumLength); shorten it")
    }
    if let stranger = prefix.first(where: { $0 < 0 || $0 >= model.vocabularySize }) {
      throw ValidationError(
        "token \(stranger) is not one of the model's \(model.vocabularySize); is this the model's tokenizer?")
    }
  }

  private struct Output: Encodable {
    let text: String
    let continuation: String
    let ids: [Int32]

    init(_ text: String, _ continuation: String, _ ids: [Int32]) {
      (self.text, self.continuation, self.ids) = (text, continuation, ids)
    }

    var line: String {
      get throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
      }
    }
  }
}
