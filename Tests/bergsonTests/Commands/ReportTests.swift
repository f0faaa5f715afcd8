/// `bergson report`: from the catalog alone, to a file or to stdout.
import Catalog
import Foundation
import Testing

@testable import bergson

@Suite struct ReportTests {
  private func withScores(_ body: (Workspace) throws -> Void) throws {
    try Workspace.with { workspace in
      try workspace.build("queries", "query.jsonl", "--skip_preconditioners")
      try workspace.run([
        "score", workspace.path("scores"), "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"),
        "--query_path", workspace.path("queries"), "--run_name", "the scores",
      ])
      try body(workspace)
    }
  }

  @Test(arguments: ["report.html", "report.md"]) func aReportNeedsNoRunDirectory(_ file: String) throws {
    try withScores { workspace in
      for directory in ["queries", "scores"] { try FileManager.default.removeItem(at: workspace.url(directory)) }
      let ended = try workspace.bergson("report", "the scores", "-o", file)
      #expect(ended.code == 0 && ended.errors.isEmpty && ended.output == file + "\n")
      let text = try String(decoding: workspace.contents(file), as: UTF8.self)
      #expect(text.hasPrefix("<!DOCTYPE html>") == file.hasSuffix("html"))
      for words in ["the scores", "A bird in the hand is worth two in the bush.", "powerhouse of the cell", "44.6"] {
        #expect(text.contains(words), "\(words)")
      }
      #expect(try workspace.names().filter { !$0.hasPrefix("catalog.") } == [file])
    }
  }

  @Test func theVerdictSaysWhatWasDoneToGradients() throws {
    try withScores { workspace in
      try workspace.build("h", "data.jsonl", "--skip_index")
      try workspace.run([
        "score", workspace.path("s"), "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"),
        "--query_path", workspace.path("queries"), "--preconditioner_path", workspace.path("h"),
      ])
      let scored = try workspace.bergson("report", "s", "--format", "md").output
      #expect(
        scored.contains(
          "16 × 16 numbers per module; preconditioned (damped inverse); not scaled to unit length, so that long"))
      let query = try workspace.run(["query", "--index", workspace.path("queries"), "--text", "some words"])
      let asked = try workspace.bergson("report", query.run.id, "--format", "md").output
      #expect(asked.contains("query's: scaled to unit length, so that a score is a cosine."))
    }
  }

  @Test func withoutAFileItGoesToStdout() throws {
    try withScores { workspace in
      #expect(try workspace.bergson("report", "scores", "-o", "r.md").code == 0)
      let ended = try workspace.bergson("report", "scores", "--format", "md")
      #expect(ended.code == 0 && ended.errors.isEmpty)
      #expect(try String(decoding: workspace.contents("r.md"), as: UTF8.self) == ended.output)
    }
  }

  @Test func aFileThatCannotBeWrittenIsAnError() throws {
    try withScores { workspace in
      let ended = try workspace.bergson("report", "scores", "-o", "no/such/folder/r.html")
      #expect(ended.code == 1 && ended.output.isEmpty)
      #expect(ended.errors.hasPrefix("error: cannot ") && ended.errors.contains("no/such/folder/r.html"))
    }
  }
}
