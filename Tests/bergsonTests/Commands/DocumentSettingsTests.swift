/// What rows are made of, from the command line: conversations, templates, chunks, rewards and limits.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct DocumentSettingsTests {
  private func rows(_ workspace: Workspace, _ run: String) throws -> Int {
    try GradientIndex(opening: workspace.url(run)).rowCount
  }

  @Test func conversationsAndTemplatesAreRows() throws {
    try Workspace.with { workspace in
      let talk = try workspace.build("talk", "conversation.jsonl", "--conversation_column", "messages")
      #expect(try rows(workspace, "talk") == 5 && talk.warnings.isEmpty)
      let asked = try workspace.build(
        "asked", "mcq.jsonl", "--format_template", TestFiles.package.appending(path: "templates/prompts/mcqa.yaml").path
      )
      #expect(try rows(workspace, "asked") == 4 && asked.warnings.isEmpty)
    }
  }

  @Test func theTemplatesPathIsRecordedWhole() throws {
    try Workspace.with { workspace in
      _ = try workspace.write("doc_to_text: '{{ question }}'", to: "ask.yaml")
      let first = try workspace.bergson(
        "build", "one", "--model", Workspace.model, "--dataset", Workspace.data("mcq.jsonl"), "--format_template",
        "ask.yaml")
      #expect(first.code == 0, "\(first.errors)")
      let config = try String(decoding: workspace.contents("one/config.yaml"), as: UTF8.self)
      #expect(config.contains("format_template: \(workspace.path("ask.yaml"))\n"))
      let hits = try workspace.bergson("query", "--index", "one", "--text", "What is 3 + 4?", "--top_k", "1", "--quiet")
      #expect(hits.code == 0 && hits.output.contains("\nWhat is 3 + 4?\n"), "\(hits.output)\(hits.errors)")
    }
  }

  @Test func chunksAreRowsAndCanBeAsked() throws {
    try Workspace.with { workspace in
      let run = try workspace.build("chunks", "data.jsonl", "--chunk_length", "32", "--skip_preconditioners")
      let data = try #require(run.datasets.first)
      let count = try rows(workspace, "chunks")
      #expect(data.rowCount == count && data.tokenCount == 32 * count)
      let hits = try workspace.bergson("query", "--index", "chunks", "--text", "The quick brown fox", "--top_k", "1")
      #expect(hits.code == 0 && hits.output.contains("Top 1 results"), "\(hits.errors)")
    }
  }

  @Test func maxTokensKeepsAPrefixOrRepeats() throws {
    try Workspace.with { workspace in
      #expect(try workspace.build("few", "data.jsonl", "--max_tokens", "150").datasets[0].tokenCount <= 150)
      let many = try workspace.build("many", "query.jsonl", "--max_tokens", "400")
      #expect(many.datasets[0].rowCount > 8 && many.datasets[0].tokenCount <= 400)
    }
  }

  @Test func aMissingRewardStopsTheRunWithItsLineUnlessItIsSkipped() throws {
    try Workspace.with { workspace in
      let flags = [
        "--model", Workspace.model, "--dataset", Workspace.data("reward.jsonl"), "--prompt_column", "prompt",
        "--completion_column", "completion", "--reward_column", "reward",
      ]
      let refused = try workspace.bergson(["build", "one"] + flags)
      #expect(refused.code == 1 && !workspace.has("one"))
      #expect(refused.errors.contains("reward.jsonl, line 5: 'reward' is missing"), "\(refused.errors)")
      let skipped = try workspace.bergson(["build", "two"] + flags + ["--skip_nan_rewards"])
      #expect(
        skipped.code == 0 && skipped.errors.contains("1 document without a reward was left out"), "\(skipped.errors)")
      #expect(try rows(workspace, "two") == 8)
      let weighed = try workspace.build(
        "three", "prompt_completion.jsonl", "--prompt_column", "prompt", "--completion_column", "completion")
      #expect(weighed.warnings.isEmpty)
    }
  }
}
