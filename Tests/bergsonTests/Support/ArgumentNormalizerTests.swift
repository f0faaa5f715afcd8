import ArgumentParser
import Engine
import Testing

@testable import bergson

@Suite struct ArgumentNormalizerTests {
  private let normalizer = ArgumentNormalizer(commands: Bergson.configuration.subcommands)

  private func normalize(_ line: String) throws -> String {
    try normalizer.normalize(line.split(separator: " ").map(String.init)).joined(separator: " ")
  }

  @Test(arguments: [
    // As declared.
    ("build r --projection_dim 8", "build r --projection_dim 8"),
    ("build r --data.dataset d.jsonl", "build r --data.dataset d.jsonl"),
    // Kebab case, with and without a value inside.
    ("build r --projection-dim 8", "build r --projection_dim 8"),
    ("build r --projection-dim=8", "build r --projection_dim=8"),
    ("build r --data.prompt-column q", "build r --data.prompt_column q"),
    // Prefixes left out and added.
    ("build r --dataset d.jsonl", "build r --data.dataset d.jsonl"),
    ("build r --prompt-column q", "build r --data.prompt_column q"),
    ("build r --index_cfg.projection_dim 8", "build r --projection_dim 8"),
    ("build r --index_cfg.data.split train", "build r --data.split train"),
    ("build r --preprocess_cfg.inversion_cfg.damping_factor 1", "build r --damping_factor 1"),
    ("build r --inversion_cfg.damping_factor 1", "build r --damping_factor 1"),
    ("build r --index_cfg.precision bf16", "build r --precision bf16"),
    ("score r --index_cfg.precision bf16", "score r --precision bf16"),
    ("score r --score_cfg.precision bf16", "score r --score_cfg.precision bf16"),
    ("score r --score_cfg.batch_size 2", "score r --batch_size 2"),
    ("score r --top_k 5", "score r --candidates.top_k 5"),
    ("query --query_cfg.top_k 5", "query --top_k 5"),
    // Newer names.
    ("build r --hessian_path h", "build r --preconditioner_path h"),
    ("build r --preprocess_cfg.hessian-path h", "build r --preconditioner_path h"),
    ("query --hessian_path h", "query --preconditioner_path h"),
    // Switches.
    ("build r --truncation", "build r --data.truncation"),
    ("build r --data.truncation", "build r --data.truncation"),
    ("build r --truncation true", "build r --data.truncation"),
    ("build --truncation 1 r", "build --data.truncation r"),
    ("build r --truncation=True", "build r --data.truncation"),
    ("build r --truncation false", "build r --no-data.truncation"),
    ("build r --truncation=false", "build r --no-data.truncation"),
    ("build r --truncation=0", "build r --no-data.truncation"),
    ("build r --no_truncation", "build r --no-data.truncation"),
    ("build r --no-truncation", "build r --no-data.truncation"),
    ("build r --data.no_truncation", "build r --no-data.truncation"),
    ("build r --no_truncation false", "build r --data.truncation"),
    ("build r --no-drop-columns", "build r --no_drop_columns"),
    ("build r --no_index_cfg.data.truncation", "build r --no-data.truncation"),
    ("build r --quiet=false", "build r"),
    ("build r --quiet true", "build r --quiet"),
    // Lists.
    ("build r --modules a b c", "build r --modules a b c"),
    ("build r --modules=a --debug", "build r --modules a --debug"),
    // Values that look like options.
    ("build r --projection_seed -1", "build r --projection_seed=-1"),
    ("build r --label-smoothing -1e-3", "build r --label_smoothing=-1e-3"),
    ("build r --damping_factor --debug", "build r --damping_factor --debug"),
    // The end of options, and what is nobody's.
    ("build --projection-dim 8 -- --projection-dim", "build --projection_dim 8 -- --projection-dim"),
    ("build r --no-such-thing", "build r --no-such-thing"),
    ("build r --help", "build r --help"),
    ("--version", "--version"),
    ("help build", "help build"),
    ("", ""),
    ("report a b -o f.md", "report a b -o f.md"),
    ("report a --out-put f.md", "report a --out-put f.md"),
    ("runs list --json", "runs list --json"),
    // Files.
    ("chain.yaml", "steps chain.yaml"),
    ("chain.yml --catalog c", "steps chain.yml --catalog c"),
    ("build config.yaml --projection-dim 8", "build config.yaml --projection_dim 8"),
  ])
  func everySpellingBecomesTheDeclaredOne(_ line: String, _ expected: String) throws {
    #expect(try normalize(line) == expected)
  }

  @Test func aValueIsNeverRewrittenAsAnOption() throws {
    #expect(
      try normalizer.normalize(["query", "--text", "no-more --projection-dim", "--top-k", "2"])
        == ["query", "--text", "no-more --projection-dim", "--top_k", "2"])
  }

  @Test(arguments: [
    ("score r --precision bf16", "--precision", ["--score_cfg.precision", "--index_cfg.precision"]),
    ("score r --modules a", "--modules", ["--score_cfg.modules", "--index_cfg.modules"]),
  ])
  func aNameOfTwoGroupsIsRefusedWithItsChoices(_ line: String, _ name: String, _ choices: [String]) {
    #expect(throws: ArgumentNormalizer.Problem.ambiguous(name: name, choices: choices)) { try normalize(line) }
  }

  @Test(arguments: [("biuld r", "biuld", "build"), ("rnus list", "rnus", "runs"), ("compile x", "compile", nil)])
  func anUnknownCommandIsRefusedWithTheNearest(_ line: String, _ name: String, _ suggestion: String?) {
    #expect(throws: ArgumentNormalizer.Problem.unknownCommand(name, suggestion: suggestion)) { try normalize(line) }
  }

  @Test func aSwitchTakesNothingButBooleans() {
    #expect(throws: ArgumentNormalizer.Problem.notBoolean(name: "--truncation", value: "maybe")) {
      try normalize("build r --truncation=maybe")
    }
  }

  @Test func unknownOptionsKeepTheParsersSuggestion() throws {
    let error = try #require(throws: (any Error).self) { try parse(Build.self, "build r --projection_dmi 8") }
    let outcome = ExitStatus.outcome(of: error, in: Root.self)
    #expect(outcome.status == .usage)
    #expect(outcome.message.hasPrefix("error: Unknown option '--projection_dmi'. Did you mean '--projection_dim'?"))
  }
}
