/// LoRA adapters as a model, from the command line to the catalog.
import Catalog
import Foundation
import Testing

@testable import bergson

@Suite struct AdapterTests {
  private static let adapter = Workspace.data("adapter")
  private static let fresh = ["--peft_init_kwargs", "r=4,target_modules=query_key_value|dense"]

  private func modules(_ workspace: Workspace, _ run: String) throws -> [String] {
    let info = try JSONSerialization.jsonObject(with: workspace.contents("\(run)/info.json")) as? [String: Any]
    return try #require(info?["grad_sizes"] as? [String: Int]).keys.sorted()
  }

  @Test func anAdapterIsAModelWithItsMatricesAsModules() throws {
    try Workspace.with { workspace in
      let details = try workspace.run([
        "build", workspace.path("run"), "--model", Self.adapter, "--dataset", Workspace.data("data.jsonl"),
      ])
      let model = try #require(details.models.first)
      #expect(model.path == Workspace.model && model.adapterPath == Self.adapter && model.adapterRank == "4")
      // A and B of two modules in two layers, each of 32 inputs and 96 outputs.
      #expect(model.attributedParameterCount == 4 * 4 * (32 + 96))
      #expect(model.parameterCount == 45888 + model.attributedParameterCount)
      let plain = try workspace.build("plain", "data.jsonl", "--skip_preconditioners")
      #expect(plain.models.first?.weightsDigest != model.weightsDigest && plain.models.first?.adapterRank == nil)
      let names = try modules(workspace, "run")
      #expect(names.count == 8 && names[0] == "model.gpt_neox.layers.0.attention.query_key_value.lora_A.default")

      let shown = try workspace.bergson("runs", "show", details.run.id)
      #expect(shown.output.contains("adapter \(Self.adapter), rank 4"), "\(shown.output)")
      let report = try workspace.bergson("report", details.run.id, "--format", "html")
      #expect(report.output.contains("\(Self.adapter), rank 4"))
      #expect(details.warnings.isEmpty, "\(details.warnings)")
      // The tokenizer is the base model's; the index answers under the model that made it.
      let answer = try workspace.bergson(
        "query", "--index", workspace.path("run"), "--text", "the river runs", "--json")
      #expect(answer.code == 0 && answer.output.contains("\"top\""), "\(answer.errors)")
    }
  }

  @Test func aFreshAdapterIsRecordedAndMadeAgain() throws {
    try Workspace.with { workspace in
      let first = try workspace.build("first", "data.jsonl", Self.fresh[0], Self.fresh[1], "--skip_preconditioners")
      let model = try #require(first.models.first)
      #expect(model.path == Workspace.model && model.adapterPath == nil && model.adapterRank == "4")
      #expect(first.run.configYAML.contains("peft_init_kwargs: r=4,target_modules=query_key_value|dense"))
      let again = try workspace.run([
        "build", workspace.path("first/config.yaml"), "--run_path", workspace.path("again"),
      ])
      #expect(again.models.first?.weightsDigest == model.weightsDigest)
      #expect(try workspace.contents("again/gradients.bin") == workspace.contents("first/gradients.bin"))
      let other = try workspace.build(
        "other", "data.jsonl", Self.fresh[0], Self.fresh[1] + ",seed=1", "--skip_preconditioners")
      #expect(other.models.first?.weightsDigest != model.weightsDigest)
      // B is zero, so A has no gradient, and every row has one through B.
      #expect(first.warnings.isEmpty, "\(first.warnings)")
    }
  }

  @Test func whatAnAdapterTrainsBesidesItsMatricesIsToldOf() throws {
    try Workspace.with { workspace in
      let details = try workspace.build(
        "run", "data.jsonl", Self.fresh[0], Self.fresh[1] + ",modules_to_save=embed_out|embed_in",
        "--skip_preconditioners")
      #expect(
        details.warnings == [
          "the adapter trains embed_out, embed_in whole (modules_to_save), and only its matrices are attributed"
        ])
    }
  }

  @Test func generateAndTokenizeTakeAnAdapter() throws {
    try Workspace.with { workspace in
      let text = ["--text", "the river"]
      let tokens = try workspace.bergson(["tokenize", "--model", Self.adapter] + text)
      #expect(tokens.code == 0, "\(tokens.errors)")
      #expect(try tokens.output == workspace.bergson(["tokenize", "--model", Workspace.model] + text).output)
      let generated = try workspace.bergson(["generate", "--model", Self.adapter, "--max_new_tokens", "2"] + text)
      #expect(generated.code == 0 && generated.output.hasPrefix("the river"), "\(generated.errors)")
    }
  }

  @Test(arguments: [
    (
      ["--model", Workspace.model, "--peft_init_kwargs", "rank=4"], ExitStatus.usage,
      "'--peft_init_kwargs' has no setting 'rank'"
    ),
    (["--model", Workspace.model, "--peft_init_kwargs", "r"], .usage, "'r' has no '='"),
    (
      ["--model", Workspace.model, "--peft_init_kwargs", "target_modules=dense"], .failed,
      "the regular expression 'dense' over whole names"
    ),
    (
      ["--model", Workspace.model, "--peft_init_kwargs", "target_modules=embed_out|dense"], .failed,
      "adapts 'embed_out'"
    ),
    (["--model", adapter, "--peft_init_kwargs", "r=4"], .failed, "is one already; give one of the two"),
  ])
  func whatCannotBeAdaptedIsOneErrorLine(flags: [String], status: ExitStatus, words: String) throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson(
        ["build", "run", "--dataset", Workspace.data("data.jsonl")] + flags)
      #expect(ended.code == status.rawValue && ended.errors.contains(words), "\(ended.errors)")
      #expect(ended.errors.split(separator: "\n").count { $0.hasPrefix("error: ") } == 1)
    }
  }
}
