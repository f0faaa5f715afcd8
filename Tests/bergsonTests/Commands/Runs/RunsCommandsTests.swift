/// The subcommands of `bergson runs` as a user calls them, over runs that were made.
import Catalog
import Foundation
import Testing

@testable import bergson

@Suite struct RunsCommandsTests {
  /// An index of queries, one of documents, and scores made from the first.
  private func withRuns(_ body: (Workspace) throws -> Void) throws {
    try Workspace.with { workspace in
      try workspace.build("queries", "edge.jsonl", "--skip_preconditioners", "--run_name", "asked")
      try workspace.build("index", "edge.jsonl", "--skip_preconditioners", "--projection_dim", "4")
      try workspace.run([
        "score", workspace.path("scores"), "--model", Workspace.model, "--dataset", Workspace.data("edge.jsonl"),
        "--query_path", workspace.path("queries"),
      ])
      try body(workspace)
    }
  }

  private func output(_ workspace: Workspace, _ arguments: String...) throws -> String {
    let ended = try workspace.bergson(["runs"] + arguments)
    #expect(ended.code == 0, "\(arguments): \(ended.errors)")
    return ended.output
  }

  @Test func runsAreTaggedNotedAndRenamed() throws {
    try withRuns { workspace in
      #expect(try output(workspace, "tag", "asked", "paper", "best").isEmpty)
      #expect(try output(workspace, "untag", "asked", "paper").isEmpty)
      #expect(try output(workspace, "note", "asked", "the ones of table 2").isEmpty)
      #expect(try output(workspace, "rename", "asked", "table-2").isEmpty)
      let shown = try output(workspace, "show", "table-2")
      #expect(shown.contains("tags       best\nnote       the ones of table 2\n"))
      #expect(try output(workspace, "list", "--where", "tag = best").contains("table-2  best  "))
      let refused = try workspace.bergson("runs", "rename", "index", "table-2")
      #expect(refused.code == 1 && refused.errors.contains("the name 'table-2' belongs to run"))
    }
  }

  @Test func differencesAreShownAndSamenessIsNot() throws {
    try withRuns { workspace in
      let lines = try output(workspace, "diff", "queries", "index").split(separator: "\n")
      try #require(lines.count > 2)
      #expect(lines[0].hasPrefix("settings  ") && lines[0].contains("asked"))
      #expect(lines[1].hasPrefix("index_cfg.projection_dim  16     4"))
      #expect(lines.contains { $0.hasPrefix("wallTime") } && !lines.contains { $0.hasPrefix("documents ") })
      let json = try output(workspace, "diff", "queries", "index", "--json")
      #expect(json.contains("\"name\" : \"index_cfg.projection_dim\""))
      #expect(try output(workspace, "diff", "queries", "asked").isEmpty)
      #expect(try workspace.bergson("runs", "diff", "queries").code == 64)
    }
  }

  @Test func scoresOfTheSameDocumentsAreComparedByTheirOrder() throws {
    try withRuns { workspace in
      for (name, flags) in [("raw", []), ("cosine", ["--unit_normalize"])] {
        try workspace.run(
          [
            "score", workspace.path(name), "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"),
            "--query_path", workspace.path("queries"),
          ] + flags)
      }
      let same = try output(workspace, "diff", "raw", "raw")
      #expect(same.contains("Spearman ") && same.contains("  1.0000\n") && same.contains("Kendall tau-b "), "\(same)")
      #expect(!same.contains("moved"))
      let text = try output(workspace, "diff", "raw", "cosine", "--json")
      let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      let agreement = try #require((json["agreements"] as? [[String: Any]])?.first)
      let spearman = try #require(agreement["spearman"] as? Double)
      #expect(spearman < 1 && agreement["documents"] as? Int == 16)
      #expect(try output(workspace, "diff", "raw", "cosine").contains(" moved from rank "))
      #expect(try !output(workspace, "diff", "raw", "scores").contains("agreement"))
    }
  }

  @Test func lineageIsATreeOrAGraph() throws {
    try withRuns { workspace in
      let runs = try workspace.catalog().runs()
      let (scores, queries) = (runs[0].id, runs[2].id)
      #expect(
        try output(workspace, "lineage", "scores")
          == "\(scores) score \(workspace.path("scores"))\n  made from \(queries) build asked: index\n")
      #expect(try output(workspace, "lineage", "asked").contains("  used by \(scores) score "))
      let dot = try output(workspace, "lineage", "scores", "--dot")
      #expect(dot.hasPrefix("digraph runs {\n"))
      #expect(dot.contains("  \"\(queries)\" -> \"\(scores)\" [label=\"index\"];\n"))
      #expect(try output(workspace, "show", "scores").contains("lineage\n  made from \(queries) build asked: index\n"))
    }
  }

  @Test func removedRunsComeBackUntilTheyAreCollected() throws {
    try withRuns { workspace in
      let plan = try output(workspace, "rm", "asked", "index", "--dry_run")
      #expect(plan.contains("build asked: ") && plan.contains(" kB, kept while ") && plan.contains("/index: "))
      #expect(try output(workspace, "list", "--csv").split(separator: "\r\n").count == 4)
      _ = try output(workspace, "rm", "asked", "index")
      #expect(try output(workspace, "list", "--csv").split(separator: "\r\n").count == 2)
      #expect(try output(workspace, "list", "--all").contains("finished, removed"))
      _ = try output(workspace, "restore", "index")
      _ = try output(workspace, "rm", "index")

      let dry = try workspace.bergson("runs", "gc", "--dry_run")
      #expect(dry.output.contains("delete ") && dry.output.contains("  \(workspace.path("index"))  "))
      #expect(dry.output.contains("keep   ") && dry.output.contains("\n1 runs, "))
      #expect(dry.errors == "nothing was deleted\n" && workspace.has("index"))
      let ended = try workspace.bergson("runs", "gc")
      #expect(ended.code == 0 && ended.errors.hasPrefix("deleted \(workspace.path("index")), "), "\(ended.errors)")
      #expect(!workspace.has("index") && workspace.has("queries/gradients.bin"))
      #expect(try workspace.names().filter { $0.contains("deleted") }.isEmpty)
      #expect(try workspace.bergson("runs", "show", "index").code == 1)
    }
  }

  @Test func filesAreVerifiedAndTheCatalogForgetsThoseThatAreGone() throws {
    try withRuns { workspace in
      #expect(try output(workspace, "verify").contains("sound  index  \(workspace.path("queries/gradients.bin"))\n"))
      var bytes = try workspace.contents("queries/gradients.bin")
      bytes[7] ^= 1
      try bytes.write(to: workspace.url("queries/gradients.bin"))
      try FileManager.default.removeItem(at: workspace.url("index/gradients.bin"))
      let ended = try workspace.bergson("runs", "verify")
      #expect(ended.code == 1 && ended.errors.contains("error: 2 artifacts are missing or changed"))
      #expect(ended.output.contains("changed  index  \(workspace.path("queries/gradients.bin"))\n"))
      #expect(ended.output.contains("missing  index  \(workspace.path("index/gradients.bin"))\n"))
      #expect(try workspace.bergson("runs", "verify", "scores").code == 0)
      #expect(try output(workspace, "repair") == "forgot \(workspace.path("index/gradients.bin")), which is gone\n")
      #expect(try output(workspace, "repair").isEmpty)
    }
  }

  @Test func diskUsageCountsFilesThatAreThere() throws {
    try withRuns { workspace in
      let json = try output(workspace, "du", "--json")
      let usage = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      let expected = try ["queries", "index", "scores"].reduce(0) { $0 + (try FileTree.bytes(at: workspace.path($1))) }
      #expect(usage["total"] as? Int64 == expected && usage["removed"] as? Int64 == 0)
      #expect(try output(workspace, "du").contains("in all, 0 B of it removed\n"))
    }
  }

  @Test func sqlReadsAndCannotWrite() throws {
    try withRuns { workspace in
      let query = "SELECT command, count(*) AS runs FROM run GROUP BY command ORDER BY command"
      #expect(try output(workspace, "sql", query) == "command  runs\nbuild       2\nscore       1\n")
      #expect(try output(workspace, "sql", query, "--output", "csv") == "command,runs\r\nbuild,2\r\nscore,1\n")
      let json =
        try JSONSerialization.jsonObject(
          with: Data(output(workspace, "sql", query, "--output", "json").utf8)) as? [[String: Any]]
      #expect(json?.map { $0["runs"] as? Int } == [2, 1])
      let refused = try workspace.bergson("runs", "sql", "DELETE FROM run")
      #expect(refused.code == 1 && refused.errors.contains("the query cannot be answered"))
      #expect(try workspace.catalog().runs().count == 3)
    }
  }
}
