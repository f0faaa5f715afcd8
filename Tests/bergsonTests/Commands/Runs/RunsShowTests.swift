/// `bergson runs list` and `runs show` over a catalog with a run that went well and one that did not.
import Foundation
import Testing

@testable import bergson

@Suite struct RunsShowTests {
  private func withRuns(_ body: (Workspace) throws -> Void) throws {
    try Workspace.with { workspace in
      try workspace.build("good", "edge.jsonl", "--run_name", "gut", "--skip_preconditioners")
      let failed = try workspace.bergson(
        "build", "bad", "--model", "no/such/model", "--dataset", Workspace.data("data.jsonl"))
      #expect(failed.code == 1)
      try body(workspace)
    }
  }

  @Test func listHasTheNewestFirst() throws {
    try withRuns { workspace in
      let ended = try workspace.bergson("runs", "list")
      #expect(ended.code == 0 && ended.errors.isEmpty)
      let lines = ended.output.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(lines[0].hasPrefix("id            state     command"))
      #expect(lines[1].contains("failed    build") && lines[1].hasSuffix(workspace.path("bad")))
      #expect(lines[2].contains("finished  build") && lines[2].contains("gut"))
    }
  }

  @Test func listAsJSONHasStatesAndErrors() throws {
    try withRuns { workspace in
      let ended = try workspace.bergson("runs", "list", "--json")
      let runs = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]])
      #expect(runs.map { $0["state"] as? String } == ["failed", "finished"])
      #expect(runs.map { $0["exitCode"] as? Int } == [1, 0])
      #expect((runs[0]["error"] as? String)?.hasPrefix("no model directory at 'no/such/model'") == true)
      #expect(
        (runs[0]["commandLine"] as? [String])?.dropFirst().prefix(4) == ["build", "bad", "--model", "no/such/model"])
      #expect(runs[0]["workingDirectory"] as? String == workspace.directory.path)
      #expect((runs[0]["configYAML"] as? String)?.contains("model: no/such/model") == true)
    }
  }

  @Test(arguments: ["gut", "good"]) func showFindsARunByNameOrPath(_ wanted: String) throws {
    try withRuns { workspace in
      let ended = try workspace.bergson("runs", "show", wanted)
      #expect(ended.code == 0 && ended.errors.isEmpty)
      for words in [
        "state      finished\n", "path       \(workspace.path("good"))\n", "gpt_neox, fp32, weights ",
        "20480 of 45888 parameters attributed", "5 rows, ", "3 documents under two tokens",
        "attributedShare  44.6 %", "peakMemory", "wallTime", "  index  \(workspace.path("good/gradients.bin"))",
        "prompt_column: text",
      ] { #expect(ended.output.contains(words), "\(words)") }
    }
  }

  @Test func showAsJSONHasEverything() throws {
    try withRuns { workspace in
      let ended = try workspace.bergson("runs", "show", "gut", "--json")
      let details = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
      #expect(Set(details.keys) == ["run", "tags", "models", "datasets", "metrics", "produced", "used", "warnings"])
      #expect((details["produced"] as? [[String: Any]])?.first?["kind"] as? String == "index")
    }
  }

  @Test func aRunThatIsNotThereIsAnError() throws {
    try withRuns { workspace in
      let ended = try workspace.bergson("runs", "show", "nobody")
      #expect(ended.code == 1 && ended.output.isEmpty)
      #expect(ended.errors.hasPrefix("error: no run has the id, name or directory 'nobody'; 'bergson runs list' shows"))
    }
  }

  @Test func withoutACatalogThereIsNothingToList() throws {
    try Workspace.with { workspace in
      for command in [["runs", "list"], ["runs", "show", "x"], ["report", "x"]] {
        let ended = try workspace.bergson(command)
        #expect(ended.code == 10 && ended.output.isEmpty)
        #expect(
          ended.errors.hasPrefix("error: there is no run catalog at '\(workspace.catalogPath)'; the first run makes"))
        #expect(try workspace.names().isEmpty)
      }
    }
  }
}
