/// `bergson runs list --where … --sort …` as a user calls it, over runs that were only registered.
import Catalog
import Foundation
import Testing

@testable import bergson

@Suite struct RunsListTests {
  /// Two builds that differ in one setting, and a run whose process has ended.
  private func withRuns(_ body: (Workspace) throws -> Void) throws {
    try Workspace.with { workspace in
      let catalog = try RunCatalog.open(at: URL(filePath: workspace.catalogPath))
      for (name, size) in [("small", 8), ("large", 16)] {
        let run = try catalog.register(.sample(name, settings: "projection_dim: \(size), model: gpt2"))
        var results = RunResults()
        results.metrics = [MetricRecord(runID: run.id, name: "tokens", value: Double(100 * size), unit: "")]
        try catalog.finish(run.id, results: results)
      }
      try body(workspace)
    }
  }

  @Test func conditionsOrdersAndLimitsChooseRuns() throws {
    try withRuns { workspace in
      let ended = try workspace.bergson(
        "runs", "list", "--where", "config.projection_dim >= 8 and not state = failed", "--sort",
        "metrics.tokens desc", "--limit", "1", "--csv")
      #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended.errors)")
      let lines = ended.output.split(separator: "\r\n", omittingEmptySubsequences: false)
      #expect(lines[0] == "id,name,command,state,started,finished,took,size,exit_code,tags,note,path")
      #expect(lines.count == 2 && lines[1].contains(",large,build,finished,"))
    }
  }

  @Test func tablesHaveTheSettingsThatDiffer() throws {
    try withRuns { workspace in
      let lines = try workspace.bergson("runs", "list").output.split(separator: "\n")
      #expect(lines[0].hasSuffix("name   config.projection_dim  path"))
      #expect(lines[1].contains("large                     16") && lines[2].contains("small                      8"))
      let chosen = try workspace.bergson("runs", "list", "--columns", "metrics.tokens, config.model").output
      #expect(chosen.contains("metrics.tokens  config.model") && chosen.contains("1600  gpt2"))
    }
  }

  @Test func jsonHasFieldsByName() throws {
    try withRuns { workspace in
      let ended = try workspace.bergson("runs", "list", "--json", "--where", "name = small")
      let runs = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]])
      #expect(runs.count == 1 && runs[0]["state"] as? String == "finished" && runs[0]["bytes"] as? Int == 0)
      #expect(try workspace.bergson("runs", "list", "--json", "--where", "name = nobody").output == "[\n\n]\n")
    }
  }

  @Test func mistakesArePointedAtWithTheNearestName() throws {
    try withRuns { workspace in
      let ended = try workspace.bergson("runs", "list", "--where", "name = x or config.projection_dims > 8")
      #expect(ended.code == 64 && ended.output.isEmpty)
      #expect(
        ended.errors == """
          error: --where: no run of the catalog has 'config.projection_dims'; did you mean 'config.projection_dim'?
            name = x or config.projection_dims > 8
                        ^

          """)
      #expect(
        try workspace.bergson("runs", "list", "--sort", "strated").errors.hasPrefix(
          "error: --sort: 'strated' is no field of a run; settings are written as in config.projection_dim, measures as in "
            + "metrics.tokens; did you mean 'started'?\n  strated\n  ^"))
      #expect(try workspace.bergson("runs", "list", "--columns", "a b").errors.hasPrefix("error: --columns: found 'b'"))
      #expect(try workspace.bergson("runs", "list", "--csv", "--json").code == 64)
      #expect(try workspace.bergson("runs", "list", "--limit", "-1").code == 64)
    }
  }

  @Test func aRunWhoseProcessHasGoneIsNotedAsCrashed() throws {
    try Workspace.with { workspace in
      let data = try workspace.write(
        String(repeating: String(contentsOfFile: Workspace.data("data.jsonl"), encoding: .utf8), count: 400),
        to: "many.jsonl")
      let process = try workspace.start(["build", "run", "--model", Workspace.model, "--dataset", data])
      let deadline = Date.now.addingTimeInterval(60)
      while !workspace.has("run.part"), process.isRunning, Date.now < deadline { usleep(10_000) }
      #expect(try workspace.bergson("runs", "list", "--where", "state = running").output.contains("  running  build "))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(try workspace.bergson("runs", "list", "--where", "state = running").output.isEmpty)
      #expect(try workspace.bergson("runs", "list", "--where", "state = crashed").output.contains("  crashed  build "))
      let run = try #require(try workspace.catalog().runs().first)
      #expect(run.crashedAt != nil && run.status == .running)
    }
  }
}

extension RunRegistration {
  /// A run of `build` with settings in YAML's short form; nothing runs.
  static func sample(_ name: String, settings: String = "", path: String? = nil) -> RunRegistration {
    RunRegistration(
      command: "build", name: name, path: path, configYAML: "steps: [{build: {index_cfg: {\(settings)}}}]",
      commandLine: ["bergson", "build", name], workingDirectory: "/", version: "1.0", kernels: "Haswell",
      processorModel: "Some CPU", coreCount: 2)
  }
}
