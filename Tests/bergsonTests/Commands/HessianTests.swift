/// `bergson hessian` from the command line to what is on disk and in the catalog, and what the other commands do with it.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct HessianTests {
  private func hessian(_ workspace: Workspace, _ path: String, _ flags: String...) throws -> RunDetails {
    try workspace.run(
      ["hessian", workspace.path(path), "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl")] + flags)
  }

  @Test func kroneckerFactorsGoToAFolderOfTheMethod() throws {
    try Workspace.with { workspace in
      let details = try hessian(workspace, "run", "--ev_correction")
      #expect(details.run.command == "hessian")
      #expect(try workspace.names(in: "run") == ["config.yaml", "kfac", "processor_config.yaml"])
      let stores = KroneckerFiles.Store.allCases.map(\.rawValue)
      #expect(try workspace.names(in: "run/kfac") == (stores + ["processor_config.yaml"]).sorted())
      #expect(details.produced.map(\.kind) == stores.map { _ in "hessian" })
      #expect(details.produced.allSatisfy { $0.keyIngredients?["labels"] == "sampled, seed 0" })
      let metrics = Dictionary(uniqueKeysWithValues: details.metrics.map { ($0.name, $0.value) })
      // 624 tokens of 16 documents, whose last predict nothing.
      #expect(metrics["positions"] == 608)
    }
  }

  @Test func aRunIsRepeatedByItsConfiguration() throws {
    try Workspace.with { workspace in
      _ = try hessian(workspace, "run", "--method", "shampoo", "--label_seed", "3")
      let first = try workspace.contents("run/shampoo/eigenvalue_sharded/shard_0.safetensors")
      try workspace.run(["hessian", workspace.path("run/config.yaml"), "--overwrite", "--no_reuse"])
      #expect(try workspace.contents("run/shampoo/eigenvalue_sharded/shard_0.safetensors") == first)
      _ = try hessian(workspace, "other", "--method", "shampoo", "--label_seed", "4")
      #expect(try workspace.contents("other/shampoo/eigenvalue_sharded/shard_0.safetensors") != first)
    }
  }

  @Test func autocorrelationIsWhatPreconditionersFits() throws {
    try Workspace.with { workspace in
      _ = try hessian(workspace, "run", "--method", "autocorrelation", "--projection_dim", "4")
      try workspace.run([
        "preconditioners", workspace.path("other"), "--model", Workspace.model, "--dataset",
        Workspace.data("data.jsonl"), "--projection_dim", "4",
      ])
      #expect(
        try workspace.contents("run/autocorrelation/hessians.safetensors")
          == workspace.contents("other/hessians.safetensors"))
    }
  }

  @Test func scoreTakesTheFactorsAndSaysWhatItUsed() throws {
    try Workspace.with { workspace in
      let made = try hessian(workspace, "hessian", "--ev_correction")
      let common = ["--model", Workspace.model, "--projection_dim", "0"]
      try workspace.run(
        ["build", workspace.path("queries"), "--dataset", Workspace.data("query.jsonl"), "--skip_preconditioners"]
          + common)
      let score = { (name: String, flags: [String]) in
        try workspace.run(
          [
            "score", workspace.path(name), "--dataset", Workspace.data("data.jsonl"), "--query_path",
            workspace.path("queries"),
          ] + common + flags)
      }
      _ = try score("plain", [])
      let details = try score("kfac", ["--preconditioner_path", workspace.path("hessian"), "--ev_correction"])
      #expect(try workspace.contents("plain/scores.bin") != workspace.contents("kfac/scores.bin"))
      let used = Set(details.used.map(\.path))
      #expect(used.contains { $0.hasSuffix("eigenvalue_correction_sharded/shard_0.safetensors") })
      #expect(used.isSubset(of: Set(made.produced.map(\.path)).union([workspace.path("queries/gradients.bin")])))

      let error = try #require(throws: (any Error).self) {
        _ = try score(
          "projected", ["--projection_dim", "4", "--preconditioner_path", workspace.path("hessian")])
      }
      #expect("\(error)".contains("--projection_dim"), "\(error)")
    }
  }

  @Test(arguments: [
    (["--method", "autocorrelation", "--ev_correction"], "only Kronecker factors"),
    (["--method", "autocorrelation", "--hessian_dtype", "bf16"], "stored in float64"),
    (["--method", "autocorrelation", "--label_seed", "1"], "the data's labels"),
    (["--method", "autocorrelation", "--module_partitions", "2"], "in one pass"),
    (["--use_dataset_labels", "--label_seed", "1"], "not drawn"),
    (["--module_partitions", "0"], "at least 1"),
  ])
  func settingsWithoutAMeaningAreRefused(flags: [String], words: String) throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson(
        ["hessian", "run", "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl")] + flags)
      #expect(ended.code == ExitStatus.usage.rawValue && ended.errors.contains(words), "\(ended.errors)")
    }
  }

  @Test func theCommandRunsAsAProcess() throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson(
        "hessian", "run", "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"))
      #expect(ended.code == 0 && ended.output == workspace.path("run") + "\n", "\(ended.errors)")
      #expect(ended.errors.contains("--projection_dim 16 is not used"))
    }
  }
}
