/// Flags of normalizers and processors.
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct NormalizerTests {
  @Test func aProcessorBringsItsProjectionAndQueriesFollow() throws {
    try Workspace.with { workspace in
      let source = ["--model", Workspace.model, "--dataset", Workspace.data("data.jsonl")]
      let fitted = try workspace.bergson(
        ["preconditioners", "processor", "--normalizer", "adam", "--projection_dim", "4"] + source)
      #expect(fitted.code == 0, "\(fitted.errors)")
      let built = try workspace.bergson(["build", "index", "--processor_path", "processor"] + source)
      #expect(built.code == 0, "\(built.errors)")
      #expect(built.errors.contains("normalizers for 8 of 8 modules (adam, fitted on"), "\(built.errors)")
      let scored = try workspace.bergson(
        ["score", "scores", "--processor_path", "processor", "--query_path", "index"] + source)
      #expect(scored.code == 0, "\(scored.errors)")
      let answer = try workspace.bergson(["query", "--index", "index", "--text", "people walked on the Moon"])
      #expect(answer.code == 0 && answer.output.contains("Moon"), "\(answer.errors)")
      // The run can be repeated from its own settings.
      let again = try workspace.bergson(["build", "index/config.yaml", "--run_path", "again"])
      #expect(again.code == 0, "\(again.errors)")
      #expect(try workspace.contents("again/gradients.bin") == workspace.contents("index/gradients.bin"))
      let unlike = try workspace.bergson(
        ["score", "unlike", "--projection_dim", "4", "--query_path", "index"] + source)
      #expect(unlike.code == 1 && unlike.errors.contains("was made with normalizers"), "\(unlike.errors)")
      // 16 is the default, but it is given.
      for value in ["16", "8"] {
        let other = try workspace.bergson(
          ["build", "other", "--processor_path", "processor", "--projection_dim", value] + source)
        #expect(other.code == 64, "\(other.errors)")
        #expect(
          other.errors.contains("--projection_dim \(value)") && other.errors.contains("projection_dim 4"),
          "\(other.errors)")
      }
    }
  }

  @Test(arguments: [
    (["build", "r", "--normalizer", "adam", "--optimizer_state", "o.pt"], "--optimizer_state"),
    (["hessian", "r", "--normalizer", "adam"], "--method kfac"),
    (["build", "r", "--stats_seed", "3"], "--normalizer"),
    (["score", "r", "--query_path", "q", "--skip_index"], "--skip_index"),
    (["hessian", "r", "--skip_preconditioners", "false"], "--skip_preconditioners"),
    (["build", "r", "--optimizer_state_path", "nowhere.pt", "--normalizer", "adafactor"], "--normalizer"),
  ])
  func settingsThatDoNotGoTogetherAreRefused(line: [String], word: String) throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson(line)
      #expect(ended.code == 64 && ended.errors.contains(word), "\(ended.errors)")
    }
  }
}
