/// `bergson trackstar` and `bergson ekfac` from the command line to what is on disk and in the catalog.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct PipelineCommandTests {
  private func flags(_ command: String, _ name: String) -> [String] {
    [command, name, "--model", Workspace.model, "--data.dataset", Workspace.data("data.jsonl")]
      + ["--query.dataset", Workspace.data("query.jsonl")]
  }

  private static let small = ["--projection_dim", "4", "--target_downweight_components", "20"]

  @Test func trackstarIsOneRunWithAllThatItsStepsMade() throws {
    try Workspace.with { workspace in
      let details = try workspace.run(flags("trackstar", workspace.path("run")) + Self.small)
      #expect(details.run.command == "trackstar")
      #expect(
        details.produced.map { $0.path.replacing(workspace.path("run") + "/", with: "") }.sorted() == [
          "mixed_hessian/hessians.safetensors", "mixed_hessian/hessians_eigen.safetensors", "query/gradients.bin",
          "query/rows.npy", "query_hessian/hessians.safetensors", "query_hessian/hessians_eigen.safetensors",
          "query_hessian/rows.npy", "scores/scores.bin", "value_hessian/hessians.safetensors",
          "value_hessian/hessians_eigen.safetensors", "value_hessian/rows.npy",
        ])
      #expect(Set(details.datasets.map(\.role)) == [.data, .query])
      let coefficient = try #require(details.metrics.first { $0.name == "mixingCoefficient" }).value
      #expect(coefficient > 0 && coefficient < 1)
      #expect(
        try String(contentsOfFile: workspace.path("run/mixed_hessian/mix_config.yaml"), encoding: .utf8)
          .contains("mixing_coefficient: \(coefficient)\n"))
      let report = try workspace.bergson("report", "run", "--format", "md")
      #expect(report.code == 0 && report.output.contains("trackstar"), "\(report.errors)")
    }
  }

  /// The folders of a pipeline are runs that others may use, and that their config.yaml makes again.
  @Test(arguments: ["trackstar", "ekfac"])
  func theStepsCanBeMadeAndUsedAlone(command: String) throws {
    try Workspace.with { workspace in
      let own = command == "trackstar" ? Self.small : ["--projection_dim", "0", "--query.aggregation", "none"]
      try workspace.run(flags(command, workspace.path("run")) + own)
      let scores = try workspace.contents("run/scores/scores.bin")
      #expect(scores.count == 16 * 4 * 8)
      try workspace.run([
        "score", workspace.path("run/scores/config.yaml"), "--run_path", workspace.path("alone"), "--no_reuse",
      ])
      #expect(try workspace.contents("alone/scores.bin").count == scores.count)
      try workspace.run([
        "build", workspace.path("run/query/config.yaml"), "--run_path", workspace.path("queries"), "--no_reuse",
      ])
      #expect(
        try workspace.contents("queries/gradients.bin") == workspace.contents("run/query/gradients.bin"))
      if command == "ekfac" {
        #expect(try workspace.contents("alone/scores.bin") == scores)
        try workspace.run([
          "hessian", workspace.path("run/hessian/config.yaml"), "--run_path", workspace.path("h"), "--no_reuse",
        ])
        let file = "kfac/eigenvalue_sharded/shard_0.safetensors"
        #expect(try workspace.contents("h/\(file)") == workspace.contents("run/hessian/\(file)"))
      }
      // The whole again, from its own file.
      try workspace.run([command, workspace.path("run/config.yaml"), "--overwrite"])
      #expect(try workspace.contents("run/scores/scores.bin") == scores)
    }
  }

  @Test func ekfacScoresAgainstTheMeanQuery() throws {
    try Workspace.with { workspace in
      let details = try workspace.run(
        flags("ekfac", workspace.path("run"))
          + ["--projection_dim", "4", "--lambda_damp_factor", "0.3", "--ev_correction"])
      #expect(
        try workspace.names(in: "run") == [
          "config.yaml", "hessian", "kfac_query", "processor_config.yaml", "query", "scores",
        ])
      #expect(try ScoreFile(opening: workspace.url("run/scores")).queryCount == 1)
      #expect(details.produced.count { $0.kind == "hessian" } == KroneckerFiles.Store.allCases.count)
      #expect(details.run.configYAML.contains("damping_factor: 0.3"))
    }
  }

  @Test(arguments: [
    ("trackstar", ["--projection_dim", "0"], "the square of its size"),
    ("trackstar", ["--no_mix_hessians", "--target_downweight_components", "3"], "the mixture that downweights"),
    ("trackstar", ["--resume", "--overwrite"], "begun anew or gone on with"),
    ("trackstar", ["--normalize_aggregated_grad"], "no aggregated gradient"),
    ("trackstar", ["--query.dataset", ""], "whose losses are asked about"),
    ("trackstar", ["--query.chunk_length", "8", "--query.truncation"], "--query.chunk_length"),
    ("trackstar", ["--skip_index"], "scores need both"),
    ("ekfac", ["--skip_preconditioners"], "scores need both"),
    ("ekfac", ["--no_drop_columns"], "no data set is stored"),
    ("ekfac", ["--method", "autocorrelation"], "no Kronecker factors"),
    ("ekfac", ["--ev_correction", "--inversion", "factored_tikhonov"], "no products of the factors'"),
    ("ekfac", ["--use_dataset_labels", "--label_seed", "1"], "not drawn"),
    ("trackstar", ["--dataset", "x"], "could be --query.dataset or --data.dataset"),
  ])
  func settingsWithoutAMeaningAreRefused(command: String, more: [String], words: String) throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson(flags(command, "run") + more)
      #expect(ended.code == ExitStatus.usage.rawValue && ended.errors.contains(words), "\(ended.errors)")
      #expect(!workspace.has("run") && !workspace.has("run.part"))
    }
  }

  @Test func aKilledRunIsResumedAsAProcess() throws {
    try Workspace.with { workspace in
      let arguments = flags("trackstar", "run") + Self.small
      // What a run that died between two steps leaves.
      let whole = try workspace.bergson(arguments)
      #expect(whole.code == 0, "\(whole.errors)")
      let scores = try workspace.contents("run/scores/scores.bin")
      let complete = try workspace.bergson(arguments + ["--resume"])
      #expect(complete.code == ExitStatus.runPathExists.rawValue && complete.errors.contains("nothing to resume"))
      try FileManager.default.moveItem(at: workspace.url("run"), to: workspace.url("run.part"))
      try FileManager.default.removeItem(at: workspace.url("run.part/scores"))
      let resumed = try workspace.bergson(arguments + ["--resume"])
      #expect(resumed.code == 0 && resumed.errors.contains("query_hessian: done by the run that is resumed"))
      #expect(try workspace.contents("run/scores/scores.bin") == scores)
    }
  }

  /// `bergson trackstar` as the documentation has it, word for word.
  @Test func theDocumentedCommandRuns() throws {
    try HubFixture.with([HubFixture.pythia(), HubFixture.pile()]) { workspace, _, environment in
      let ended = try workspace.bergson(
        [
          "trackstar", "runs/my-trackstar", "--model", HubFixture.model, "--data.dataset", HubFixture.dataset,
          "--data.truncation", "--query.dataset", HubFixture.dataset, "--query.truncation", "--projection_dim", "16",
        ], environment: environment)
      #expect(ended.code == 0, "\(ended.errors)")
      #expect(ended.output.hasSuffix(workspace.path("runs/my-trackstar") + "\n"))
      let yaml = try String(contentsOfFile: workspace.path("runs/my-trackstar/query/config.yaml"), encoding: .utf8)
      #expect(yaml.contains("revision: \(HubFixture.commit)"))
    }
  }
}
