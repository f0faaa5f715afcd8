/// `bergson score` from the command line to what is on disk and in the catalog.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct ScoreTests {
  /// Scores the fixture's documents against its queries, whose index is made first.
  @discardableResult private func score(_ workspace: Workspace, _ flags: String..., queryFlags: [String] = []) throws
    -> RunDetails
  {
    try workspace.run(
      ["build", workspace.path("q"), "--model", Workspace.model, "--dataset", Workspace.data("query.jsonl")]
        + queryFlags)
    return try workspace.run(
      [
        "score", workspace.path("s"), "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"),
        "--query_path", workspace.path("q"),
      ] + flags)
  }

  @Test func whatDoesNotBelongTogetherIsRefusedByTheNamesOfBothRuns() throws {
    try Workspace.with { workspace in
      let data = ["--dataset", Workspace.data("data.jsonl"), "--query_path", "q"]
      let queries = try workspace.run([
        "build", workspace.path("q"), "--model", Workspace.model, "--dataset", Workspace.data("query.jsonl"),
        "--run_name", "the queries", "--projection_dim", "4",
      ])
      func refusal(_ name: String, _ flags: String...) throws -> String {
        let ended = try workspace.bergson(["score", name, "--run_name", name] + data + flags)
        #expect(ended.code != 0 && !workspace.has(name))
        let run = try #require(try workspace.catalog().runs().first { $0.name == name })
        #expect(ended.errors.contains("this run (\(name), \(run.id))"), "\(ended.errors)")
        return ended.errors
      }
      let whose = "(run the queries, \(queries.run.id))"
      let other = try refusal("other", "--model", Workspace.model, "--projection_dim", "8")
      #expect(other.contains("\(whose) was made with projection_dim 4") && other.contains("uses projection_dim 8"))
      // A preconditioner in the folder of a pipeline's step is its run's.
      try workspace.run([
        "trackstar", workspace.path("t"), "--model", Workspace.model, "--data.dataset", Workspace.data("data.jsonl"),
        "--query.dataset", Workspace.data("query.jsonl"), "--projection_dim", "5", "--run_name", "pipeline",
        "--target_downweight_components", "10",
      ])
      let preconditioner = try refusal(
        "preconditioned", "--model", Workspace.model, "--projection_dim", "4", "--preconditioner_path",
        "t/mixed_hessian")
      #expect(preconditioner.contains("preconditioner in") && preconditioner.contains("(run pipeline, "))
      // The same settings, another model.
      let changed = try workspace.modelCopy("changed")
      let weights = changed.appending(path: "model.safetensors")
      var bytes = try Data(contentsOf: weights)
      bytes[bytes.count - 1] ^= 1
      try bytes.write(to: weights)
      let model = try refusal("weights", "--model", "changed", "--projection_dim", "4")
      #expect(model.contains("\(whose) was made of a model with the weights "), "\(model)")
    }
  }

  @Test func scoresAreOnDiskAndInTheCatalog() throws {
    try Workspace.with { workspace in
      let details = try score(workspace)
      #expect(try workspace.names(in: "s") == ["config.yaml", "info.json", "processor_config.yaml", "scores.bin"])
      let produced = try #require(details.produced.first)
      #expect(details.produced.count == 1 && produced.kind == "scores")
      #expect(produced.path == workspace.path("s/scores.bin"))
      #expect(produced.digest == (try Digest.sha256(of: workspace.url("s/scores.bin")).hex))
      #expect(produced.bytes == Int64(try workspace.contents("s/scores.bin").count))

      let scores = try ScoreFile(opening: workspace.url("s"))
      #expect(scores.rowCount == 16 && scores.queryCount == 4)
      let publication = try workspace.catalog().publication(of: details.run.id)
      #expect(publication.queries.map(\.row) == [0, 1, 2, 3])
      #expect(publication.queries[1].text == "for i in range(10):\n\tprint(i, i ** 2)")
      for query in 0..<4 {
        let column = scores.scores(query: query)
        let top = publication.hits.filter { $0.queryPosition == query && $0.direction == .top }
        #expect(top.map(\.rank) == Array(1...16))
        #expect(top.map { Float($0.score) } == column.sorted(by: >))
        #expect(top.allSatisfy { column[$0.row] == Float($0.score) })
      }
      #expect(publication.histograms.reduce(0) { $0 + $1.count } == 16 * 4)
    }
  }

  @Test func whatTheScoresAreMadeOfIsRecordedAsUsed() throws {
    try Workspace.with { workspace in
      try workspace.build("h", "data.jsonl", "--skip_index")
      let details = try score(
        workspace, "--preconditioner_path", workspace.path("h"), queryFlags: ["--skip_preconditioners"])
      #expect(
        details.used.map { "\($0.kind) \($0.path)" }.sorted() == [
          "index \(workspace.path("q/gradients.bin"))", "preconditioner \(workspace.path("h/hessians.safetensors"))",
        ])
      #expect(details.used.allSatisfy { $0.replacedAt == nil })
    }
  }

  /// The run of the queries has preconditioners, as runs do unless told not to; no number of the scores comes from them.
  @Test func aPreconditionerThatLiesBesideTheQueriesIsNotUsed() throws {
    try Workspace.with { workspace in
      let details = try score(workspace)
      #expect(workspace.has("q/hessians.safetensors"))
      #expect(details.used.map(\.path) == [workspace.path("q/gradients.bin")])
    }
  }

  @Test func aRunIsRepeatedToTheByteFromItsConfiguration() throws {
    try Workspace.with { workspace in
      try score(workspace, "--unit_normalize")
      let bytes = try workspace.contents("s/scores.bin")
      try workspace.run(["score", workspace.path("s/config.yaml"), "--overwrite"])
      #expect(try workspace.contents("s/scores.bin") == bytes)
      // And again as `bergson FILE.yaml`: the file that the second run wrote says `overwrite`.
      try workspace.run(["steps", workspace.path("s/config.yaml")])
      #expect(try workspace.contents("s/scores.bin") == bytes)
    }
  }

  @Test func scoresThatAreNoNumbersAreWarnedOf() throws {
    try Workspace.with { workspace in
      // Logits of 1e30 overflow the loss of the queries; the documents' gradients are sound.
      let details = try score(workspace, queryFlags: ["--logit_scale", "1e30", "--skip_preconditioners"])
      #expect(details.warnings.count == 1)
      #expect(
        details.warnings.first?.hasPrefix("64 scores are NaN or infinite and have no rank;") == true,
        "\(details.warnings)")
      #expect(try workspace.catalog().publication(of: details.run.id).hits.isEmpty)
    }
  }

  @Test func hitsNameRowsOfTheFileWhateverSplitIsScored() throws {
    try Workspace.with { workspace in
      let details = try score(workspace, "--split", "train[4:8]")
      let publication = try workspace.catalog().publication(of: details.run.id)
      #expect(Set(publication.hits.map(\.row)) == [4, 5, 6, 7])
      #expect(publication.documents.first { $0.row == 5 }?.text == "no.")
    }
  }

  /// Row numbers of the file are not unique here; the run used to crash.
  @Test func aRowMayBeScoredTwice() throws {
    try Workspace.with { workspace in
      let details = try score(workspace, "--split", "train[:3]+train[1:4]")
      #expect(try ScoreFile(opening: workspace.url("s")).rowCount == 6)
      let publication = try workspace.catalog().publication(of: details.run.id)
      let rows = publication.hits.filter { $0.queryPosition == 0 && $0.direction == .top }.map(\.row)
      #expect(rows.sorted() == [0, 1, 1, 2, 2, 3])
      #expect(publication.documents.map(\.row) == [0, 1, 2, 3])
    }
  }

  /// Each query is the document itself, so the document has to come first among cosines.
  @Test func recallOfSupportingDocumentsStandsBesideTheBaselines() throws {
    try Workspace.with { workspace in
      let documents = (0..<6).map {
        "Document number \($0) speaks of \(["sea", "sky", "sun", "ice", "fog", "oak"][$0])."
      }
      let data = try workspace.write(documents.map { "{\"text\": \"\($0)\"}\n" }.joined(), to: "d.jsonl")
      let queries = try workspace.write(
        documents.enumerated().map { "{\"text\": \"\($1)\", \"source\": [\($0)]}\n" }.joined(), to: "q.jsonl")
      try workspace.run(["build", workspace.path("q"), "--model", Workspace.model, "--dataset", queries])
      func evaluate(_ name: String, _ flags: String...) throws -> [EvaluationRecord] {
        let details = try workspace.run(
          [
            "score", workspace.path(name), "--model", Workspace.model, "--dataset", data, "--query_path",
            workspace.path("q"), "--unit_normalize", "--supporting_column", "source",
          ] + flags)
        return try workspace.catalog().publication(of: details.run.id).evaluations
      }
      let all = try evaluate("all")
      #expect(Set(all.map(\.method)) == ["attribution", "bm25", "random"])
      #expect(all.allSatisfy { $0.queryCount == 6 })
      #expect(all.first { $0.method == "attribution" && $0.metric == "recall" && $0.k == 1 }?.value == 1)
      #expect(
        all.first { $0.method == "random" && $0.metric == "recall" && $0.k == 1 }.map { abs($0.value - 1 / 6) < 1e-9 }
          == true)
      // Of the documents 2..4 only their own queries can find one.
      let some = try evaluate("some", "--split", "train[2:5]")
      #expect(some.allSatisfy { $0.queryCount == 3 })
      #expect(some.first { $0.method == "attribution" && $0.metric == "recall" && $0.k == 1 }?.value == 1)
    }
  }
}
