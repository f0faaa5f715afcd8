/// `bergson test_model_configuration` on models that are well, and on what is wrong.
import ArgumentParser
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct TestModelConfigurationTests {
  private static let facts = TestFiles.package.appending(path: "Examples/facts")
  private static let trained = facts.appending(path: "model").path

  private func check(_ workspace: Workspace, _ dataset: String, _ flags: String...) throws -> Workspace.Ended {
    try workspace.bergson(["test_model_configuration", "--model", Self.trained, "--dataset", dataset] + flags)
  }

  @Test func aTrainedModelAndItsDataPass() throws {
    try Workspace.with { workspace in
      let ended = try check(workspace, Self.facts.appending(path: "corpus.jsonl").path)
      #expect(ended.code == 0 && !ended.output.contains("bad"), "\(ended.output)\(ended.errors)")
      #expect(ended.output.contains("a document's gradient is the same alone and beside others"))
      #expect(ended.output.contains("chance is 6.93") && ended.output.contains("74.5 % of 1055488 parameters"))
      #expect(ended.errors.contains("mean what they say"))
      #expect(try workspace.names().isEmpty, "it leaves nothing")
    }
  }

  @Test func aTokenizerOfAnotherModelIsNoticed() throws {
    try Workspace.with { workspace in
      let ended = try check(
        workspace, Self.facts.appending(path: "corpus.jsonl").path, "--tokenizer", Workspace.model, "--json")
      #expect(ended.code == 1 && ended.errors.contains("see loss above"), "\(ended.errors)")
      let findings = try JSONDecoder().decode([ModelCheck.Finding].self, from: Data(ended.output.utf8))
      #expect(findings.first { $0.name == "loss" }?.verdict == .bad)
      #expect(findings.filter { $0.verdict == .bad }.count == 1)
    }
  }

  @Test func doubledSpecialTokensAreNoticed() throws {
    try Workspace.with { workspace in
      let texts = ["<|endoftext|>Esi Abara was born in Sandrift.", "Esi Abara was born in Sandrift.", "a"]
      let lines = texts.map { "{\"text\": \"\($0)\"}\n" }.joined()
      let ended = try check(workspace, try workspace.write(lines, to: "doubled.jsonl"))
      #expect(ended.code == 1 && ended.errors.contains("special tokens"), "\(ended.output)\(ended.errors)")
      #expect(ended.output.contains("<|endoftext|> stands twice at the start or the end of 1 of 3 documents"))
    }
  }

  @Test func littleThatIsAttributedAndShortDocumentsAreDoubtful() throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson([
        "test_model_configuration", "--model", Workspace.model, "--dataset", Workspace.data("edge.jsonl"),
        "--modules", "layers.0.attention.dense",
      ])
      #expect(ended.output.contains("doubtful  attributed"), "\(ended.output)\(ended.errors)")
      #expect(ended.output.contains("doubtful  documents") && ended.output.contains("fewer than two tokens"))
    }
  }

  @Test func modulesWithoutMomentsAreNamed() throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson([
        "test_model_configuration", "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"),
        "--optimizer_state", Workspace.data("expected/optimizer/checkpoint"),
      ])
      #expect(ended.output.contains("every module has one"), "\(ended.output)\(ended.errors)")
    }
  }

  @Test func whatCannotBeLookedAtIsAnError() throws {
    try Workspace.with { workspace in
      let empty = try check(workspace, try workspace.write("{\"text\": \"\"}\n", to: "empty.jsonl"))
      #expect(empty.code == 1 && empty.errors.contains("there is no gradient to look at"), "\(empty.errors)")
      #expect(try check(workspace, "x.jsonl", "--documents", "0").code == ExitStatus.usage.rawValue)
      #expect(
        try check(workspace, "x.jsonl", "--chunk_length", "8", "--truncation").code == ExitStatus.usage.rawValue)
    }
  }

  /// OpenBLAS's own choice of kernels would make them several times slower.
  @Test func everyCommandThatRunsAModelChoosesItsKernels() {
    for command in Bergson.configuration.subcommands {
      guard let step = command.configuration.commandName.flatMap(RunStep.Command.init), step != .evaluate else {
        continue
      }
      #expect(command is any ComputingCommand.Type, "\(command)")
    }
  }
}
