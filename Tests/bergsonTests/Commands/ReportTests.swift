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

  /// Two runs of the same gradients, of which one scales them to unit length.
  private func withTwoRuns(_ body: (Workspace) throws -> Void) throws {
    try withScores { workspace in
      try workspace.run([
        "score", workspace.path("unit"), "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"),
        "--query_path", workspace.path("queries"), "--unit_normalize",
      ])
      try body(workspace)
    }
  }

  private func json(_ ended: Workspace.Ended) throws -> [String: Any] {
    #expect(ended.code == 0, "\(ended.errors)")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
    return try #require(object["report"] as? [String: Any])
  }

  @Test func runsAreComparedByTheirScores() throws {
    try withTwoRuns { workspace in
      let report = try json(workspace.bergson("report", "scores", "unit", "--format", "json"))
      let agreement = try #require(report["agreement"] as? [String: Any])
      let rows = try #require((agreement["tables"] as? [[String: Any]])?.first?["rows"] as? [[String: Any]])
      #expect(rows.map { $0["header"] as? String } == ["A and B", "Chance"])
      // The measures are those of `runs diff`, which has code of its own for all but one query's.
      let difference = try workspace.bergson("runs", "diff", "scores", "unit", "--json")
      let known = try #require(try JSONSerialization.jsonObject(with: Data(difference.output.utf8)) as? [String: Any])
      let measures = try #require((known["agreements"] as? [[String: Any]])?.first)
      let cells = try #require(rows[0]["cells"] as? [[String: Any]])
      let values = cells.map { ($0["figure"] as? [String: Any])?["value"] as? Double }
      for (place, name) in ["spearman", "kendall", "topOverlap"].enumerated() {
        #expect(try abs(#require(values[place]) - #require(measures[name] as? Double)) < 1e-12, "\(name)")
      }
      let commands = try #require(agreement["commands"] as? [String: Any])["text"] as? String
      let lines = try #require(commands?.split(separator: "\n"))
      #expect(lines.count == 2 && lines.allSatisfy { $0.hasSuffix("--projection_seed 1") })
    }
  }

  @Test func theCommandsThatAReportProposesMakeACeilingThatTheNextFinds() throws {
    try Workspace.with { workspace in
      // Names that are not the beginning of an id, as `a` may be.
      let source = ["--model", Workspace.model, "--dataset"]
      for arguments in [
        ["build", "queries"] + source + [Workspace.data("query.jsonl"), "--skip_preconditioners"],
        ["score", "raw"] + source + [Workspace.data("data.jsonl"), "--query_path", "queries"],
        ["score", "unit"] + source + [Workspace.data("data.jsonl"), "--query_path", "queries", "--unit_normalize"],
      ] {
        let ended = try workspace.bergson(arguments)
        #expect(ended.code == 0, "\(ended.errors)")
      }
      let report = try json(workspace.bergson("report", "raw", "unit", "--format", "json"))
      let agreement = try #require(report["agreement"] as? [String: Any])
      let commands = try #require((agreement["commands"] as? [String: Any])?["text"] as? String)
      let lines = commands.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(lines.count == 2)
      for words in lines {
        let ended = try workspace.bergson(Array(words.dropFirst()))
        #expect(ended.code == 0, "\(words): \(ended.errors)")
      }
      let next = try workspace.bergson("report", "raw", "unit", "--format", "md").output
      #expect(next.contains("The noise ceiling is the agreement of A and run ") && next.contains(" (noise ceiling) |"))
      let among = try workspace.bergson("report", "unit", "raw", "raw-seed1", "--format", "md").output
      #expect(among.contains("| B and C (noise ceiling) |"))
    }
  }

  @Test func runsThatCannotBeComparedSayWhy() throws {
    try withTwoRuns { workspace in
      try FileManager.default.removeItem(at: workspace.url("unit"))
      let text = try workspace.bergson("report", "scores", "unit", "--format", "md").output
      #expect(text.contains("its scores are no longer at") && text.contains("What does it cost"))
      #expect(!text.contains("Do they agree?"))
    }
  }

  @Test func tablesAreWrittenToADirectory() throws {
    try withTwoRuns { workspace in
      #expect(try workspace.bergson("report", "scores", "unit", "--format", "csv").code == 64)
      let ended = try workspace.bergson("report", "scores", "unit", "--format", "csv", "-o", "tables")
      #expect(ended.code == 0)
      let names = try workspace.names(in: "tables")
      #expect(names.contains("agreement.csv") && names.contains("cost.csv"))
      #expect(ended.output.split(separator: "\n").map(String.init).sorted() == names.map { "tables/\($0)" })
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
