/// `--overwrite` replaces runs and nothing else, and no run replaces what it reads.
import Catalog
import Foundation
import Testing

@testable import bergson

@Suite struct RunStepPlaceTests {
  private func build(_ path: String, _ flags: String...) -> [String] {
    ["build", path, "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"), "--overwrite"] + flags
  }

  @Test(arguments: ["papers", "."]) func overwriteLeavesWhatIsNoRun(_ path: String) throws {
    try Workspace.with { workspace in
      try FileManager.default.createDirectory(at: workspace.url("papers"), withIntermediateDirectories: true)
      _ = try workspace.write("precious", to: "papers/thesis.tex")
      let ended = try workspace.bergson(build(path))
      #expect(ended.code == 12 && ended.output.isEmpty)
      #expect(ended.errors.contains("has files but is no run directory"), "\(ended.errors)")
      #expect(try workspace.contents("papers/thesis.tex") == Data("precious".utf8))
      #expect(try workspace.catalog().runs().first?.exitCode == 12)
    }
  }

  @Test func overwriteTakesAnEmptyDirectory() throws {
    try Workspace.with { workspace in
      try FileManager.default.createDirectory(at: workspace.url("run"), withIntermediateDirectories: true)
      #expect(try workspace.bergson(build("run", "--skip_preconditioners")).code == 0)
      #expect(workspace.has("run/gradients.bin"))
    }
  }

  @Test(arguments: ["preconditioners", "reduce"]) func overwriteTakesARunOfAnyCommand(_ command: String) throws {
    try Workspace.with { workspace in
      let made = try workspace.bergson(
        command, "run", "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"))
      #expect(made.code == 0)
      #expect(try workspace.bergson(build("run")).code == 0)
    }
  }

  @Test func aRunDoesNotReplaceWhatItReads() throws {
    try Workspace.with { workspace in
      try workspace.build("h", "data.jsonl")
      let before = try workspace.contents("h/config.yaml")
      let score = [
        "score", "h/", "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"), "--overwrite",
        "--query_path",
      ]
      for (arguments, flag) in [
        (build("h", "--preconditioner_path", "./h"), "--preconditioner_path"), (score + ["h"], "--query_path"),
      ] {
        let ended = try workspace.bergson(arguments)
        #expect(ended.code == 64 && ended.output.isEmpty)
        #expect(ended.errors.contains("'\(workspace.path("h"))' is both where the run goes and what \(flag) reads"))
      }
      #expect(try workspace.contents("h/config.yaml") == before)
    }
  }
}
