/// `bergson evaluate` from the command line to its table, its JSON and the catalog.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct EvaluateTests {
  private static let words = ["sea", "sky", "sun", "ice"]

  /// Four documents, each of them a query too, scored; `s` and `q` are the runs.
  private func withScores(_ body: (Workspace) throws -> Void) throws {
    try Workspace.with { workspace in
      let documents = Self.words.enumerated().map { "Document number \($0) speaks of the \($1)." }
      let data = try workspace.write(documents.map { "{\"text\": \"\($0)\"}\n" }.joined(), to: "d.jsonl")
      let queries = try workspace.write(
        documents.enumerated().map { "{\"text\": \"\($1)\", \"source\": [\($0)]}\n" }.joined(), to: "q.jsonl")
      try workspace.run(["build", workspace.path("q"), "--model", Workspace.model, "--dataset", queries])
      try workspace.run([
        "score", workspace.path("s"), "--model", Workspace.model, "--dataset", data, "--query_path",
        workspace.path("q"), "--unit_normalize",
      ])
      try body(workspace)
    }
  }

  /// Losses of four queries that fall where the query's own document is kept.
  private func bank(_ workspace: Workspace) throws -> String {
    let subsets = [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]]
    let losses = subsets.map { subset in (0..<4).map { subset.contains($0) ? 1.0 : 2.0 } }
    let text = try JSONSerialization.data(withJSONObject: ["subsets": subsets, "losses": [losses, losses]])
    return try workspace.write(String(decoding: text, as: UTF8.self), to: "bank.json")
  }

  @Test func recallIsATableAndARunOfTheCatalog() throws {
    try withScores { workspace in
      let ended = try workspace.bergson("evaluate", "recall", "s", "--supporting_column", "source", "--index", "q")
      #expect(ended.code == 0, "\(ended.errors)")
      let lines = ended.output.split(separator: "\n").map(String.init)
      #expect(lines.count == 6)
      #expect(
        lines[0].split(separator: " ").map(String.init) == [
          "method", "recall@1", "recall@5", "recall@10", "recall@20", "found@1", "found@5", "found@10", "found@20",
          "MRR",
        ])
      #expect(lines[1].hasPrefix("attribution   1.000 (1.000 to 1.000)"))
      #expect(
        lines.dropFirst().map { $0.prefix { $0 != " " } } == ["attribution", "bm25", "loss", "gradientNorm", "random"])

      let catalog = try workspace.catalog()
      let run = try #require(try catalog.runs().first { $0.command == "evaluate" })
      #expect(run.status == .finished && run.path == nil)
      let details = try catalog.details(of: run.id)
      #expect(details.used.map(\.path) == [workspace.path("q/gradients.bin"), workspace.path("s/scores.bin")])
      let published = try catalog.publication(of: run.id).evaluations
      #expect(published.count == 5 * 9)
      #expect(published.first { $0.method == "attribution" && $0.metric == "found" && $0.k == 1 }?.value == 1)
      #expect(details.metrics.contains { $0.name == "bootstrapSeed" && $0.value == 20_240_229 })
    }
  }

  @Test func ldsAsJSONHasTheValueOfEveryQuery() throws {
    try withScores { workspace in
      let ended = try workspace.bergson("evaluate", "lds", "s", "--bank", try bank(workspace), "--json")
      #expect(ended.code == 0, "\(ended.errors)")
      let output = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
      #expect(output["measure"] as? String == "lds" && output["scores"] as? String == "s")
      #expect((output["bootstrap"] as? [String: Int]) == ["seed": 20_240_229, "resamples": 2000])
      let evaluations = try #require(output["evaluations"] as? [[String: Any]])
      #expect(evaluations.map { $0["method"] as? String } == ["attribution", "bm25", "random", "ceiling"])
      let values = try #require(evaluations[0]["queryValues"] as? [Double])
      #expect(values.count == 4)
      #expect(try abs(#require(evaluations[0]["value"] as? Double) - values.reduce(0, +) / 4) < 1e-12)
      // A cosine of 1 with itself decides every sum.
      #expect(values.allSatisfy { $0 > 0.5 }, "\(values)")
      #expect(try abs(#require(evaluations[3]["value"] as? Double) - 1) < 1e-12)
      let run = try #require(output["run"] as? String)
      #expect(try workspace.catalog().publication(of: run).evaluations.map(\.metric) == ["lds", "lds", "lds", "lds"])
    }
  }

  @Test func anEvaluationIsRepeatedFromItsConfiguration() throws {
    try withScores { workspace in
      let details = try workspace.run([
        "evaluate", "lds", workspace.path("s"), "--bank", try bank(workspace), "--run_name", "first",
      ])
      #expect(details.run.name == "first")
      let file = try workspace.write(details.run.configYAML, to: "again.yaml")
      let again = try workspace.run(["evaluate", "lds", file])
      let third = try workspace.run(["steps", file])
      let catalog = try workspace.catalog()
      let values = try [details, again, third].map { try catalog.publication(of: $0.run.id).evaluations.map(\.value) }
      #expect(values[0] == values[1] && values[0] == values[2] && values[0].count == 4)
    }
  }

  /// What has neither configuration nor data of its own: scores of another tool, and flags that say the rest.
  @Test func scoresWithoutAConfigurationAreEvaluatedByFlags() throws {
    try withScores { workspace in
      let known = try workspace.bergson("evaluate", "recall", "s", "--supporting_column", "source", "--json")
      try FileManager.default.removeItem(at: workspace.url("s/config.yaml"))
      let bare = try workspace.bergson("evaluate", "recall", "s", "--supporting_column", "source")
      #expect(bare.code == 1 && bare.errors.contains("--model"), "\(bare.errors)")
      let flags = try workspace.bergson(
        "evaluate", "recall", "s", "--supporting_column", "source", "--json", "--model", Workspace.model,
        "--data.dataset", "d.jsonl", "--query.dataset", "q.jsonl")
      #expect(flags.code == 0, "\(flags.errors)")
      func evaluations(_ ended: Workspace.Ended) throws -> NSArray {
        let output = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
        return try #require(output["evaluations"] as? NSArray)
      }
      #expect(try evaluations(known) == evaluations(flags))
      // The bank numbers the rows: nothing has to be known but the scores.
      let lds = try workspace.bergson("evaluate", "lds", "s", "--bank", try bank(workspace))
      #expect(lds.code == 0 && lds.output.contains("attribution"), "\(lds.errors)")
      #expect(lds.errors.contains("rows are taken as the bank numbers them"))
    }
  }

  @Test func whatIsMissingIsAUsageError() throws {
    try Workspace.with { workspace in
      for (line, words) in [
        ("recall s", "--supporting_column is missing"), ("lds s", "--bank is missing"),
        ("lds s --bank b --data.split x", "--data.dataset is missing"), ("recall", "Missing expected argument"),
        ("lds s --bank b --query.prompt_column c", "--query.dataset is missing"),
      ] {
        let ended = try workspace.bergson(["evaluate"] + line.split(separator: " ").map(String.init))
        #expect(ended.code == 64 && ended.errors.contains(words), "\(line): \(ended.errors)")
      }
    }
  }

  @Test func whatCannotBeEvaluatedFailsAndIsOnRecord() throws {
    try withScores { workspace in
      let bank = try bank(workspace)
      try workspace.run([
        "score", workspace.path("n"), "--model", Workspace.model, "--dataset", workspace.path("d.jsonl"),
        "--query_path", workspace.path("q"), "--score", "nearest",
      ])
      _ = try workspace.write(#"{"subsets": [[0]], "losses": []}"#, to: "short.json")
      for (arguments, words) in [
        (["lds", "n", "--bank", bank], "are those of the nearest query"),
        (["lds", "q", "--bank", bank], "was made by 'build', expected a run of 'score'"),
        (["lds", "nowhere", "--bank", bank], "there is no run at"),
        (["lds", "s", "--bank", "short.json"], "has 1 subsets, expected at least 3"),
        (["lds", "s", "--bank", "none.json"], "none.json"),
        (["recall", "s", "--supporting_column", "gold"], "no column 'gold'"),
      ] {
        let ended = try workspace.bergson(["evaluate"] + arguments)
        #expect(ended.code == 1 && ended.output.isEmpty, "\(arguments)")
        #expect(ended.errors.contains(words), "\(arguments): \(ended.errors)")
        let run = try #require(try workspace.catalog().runs().first)
        #expect(run.command == "evaluate" && run.status == .failed && run.error?.contains(words) == true)
      }
    }
  }

  @Test func aReportOfAnEvaluationSaysWhatItsNumbersAre() throws {
    try withScores { workspace in
      let details = try workspace.run(["evaluate", "lds", workspace.path("s"), "--bank", try bank(workspace)])
      let report = try workspace.bergson("report", details.run.id, "--format", "md").output
      for words in [
        "This run evaluated the scores in ", "LDS: the rank correlation of the summed scores", "A second retraining",
        "One retraining predicts another at 1",
      ] { #expect(report.contains(words), "\(words)") }
      #expect(!report.contains("supporting documents are known"))
    }
  }
}
