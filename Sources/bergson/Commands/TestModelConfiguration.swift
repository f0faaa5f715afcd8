/// `bergson test_model_configuration`: what can silently be wrong, before anything is attributed.
import ArgumentParser
import Engine
import Foundation
import Hub

struct TestModelConfiguration: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test_model_configuration",
    abstract: "Check on a few documents whether a model, its tokenizer and its data belong together.",
    discussion: """
      Does a document's gradient depend on its batch? Does the model know more of the documents than chance? Are special \
      tokens doubled? How much of the model is attributed, and has every module a normalizer? Fails where an answer makes \
      attributions meaningless.
      """)

  private static let defaultDocuments = 16

  @OptionGroup(title: "Model and data") var model: ModelOptions
  @OptionGroup(title: "Model and data") var data: DataOptions<DataDocuments>
  @OptionGroup(title: "Model and data") var modules: ModuleOptions

  @Option(
    name: .customLong("optimizer_state"),
    help: ArgumentHelp(
      "An optimizer's file, or a checkpoint's directory with one: has every module its moments? (default: none)",
      valueName: "path"))
  var optimizerState: String?

  @Option(
    name: .customLong("token_batch_size"),
    help: .setting("Most tokens in a batch.", default: IndexConfig().tokenBatchSize, value: "tokens"))
  var tokenBatchSize: Int?

  @Option(
    name: .customLong("documents"),
    help: .setting("Documents to look at, from the start of the split.", default: defaultDocuments, value: "documents"))
  var documents: Int?

  @Flag(name: .customLong("json"), help: "Print a JSON list.")
  var json = false

  func makeConfiguration() throws -> IndexConfig {
    var step = RunStep(.build)
    // Nothing is written; the settings of a run are checked as those of a run.
    step.index.runPath = FileManager.default.currentDirectoryPath
    model.override(&step.index)
    data.override(&step.index.data)
    modules.override(&step.index)
    optimizerState.override(&step.index.optimizerState)
    tokenBatchSize.override(&step.index.tokenBatchSize)
    return try step.validated().resolvingPaths(in: .currentDirectory()).index
  }

  func validate() throws {
    if let documents, documents < 1 { throw ValidationError("--documents must be at least 1, found \(documents)") }
  }

  func run() throws {
    let check = ModelCheck(try makeConfiguration(), documents: documents ?? Self.defaultDocuments)
    let findings = try HubRepositories.using { try check.run(RunContext(repositories: $0)) }
    let console = Console(verbosity: .normal)
    if json {
      try console.result(JSONText.of(findings))
    } else {
      let rows = findings.map { [$0.verdict.rawValue, $0.name, $0.words] }
      for line in TextTable(
        [(title: "verdict", alignment: .left), (title: "check", alignment: .left), (title: "found", alignment: .left)],
        rows: rows
      ).lines { try console.result(line) }
    }
    let bad = findings.filter { $0.verdict == .bad }.map(\.name)
    if !bad.isEmpty { throw BadConfiguration(checks: bad) }
    if !json { console.story("attributions of this model and data mean what they say, as far as this can tell") }
  }
}

/// Some check found what makes attributions meaningless.
struct BadConfiguration: Error, Equatable, CustomStringConvertible {
  let checks: [String]

  var description: String {
    "attributions of this model and data would not mean what they say: see \(checks.joined(separator: ", ")) above"
  }
}
