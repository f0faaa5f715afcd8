import Catalog
import Testing

@testable import Reports

struct ReportBuilderTests {
  @Test func aFailedRunSaysThatItFailedAndWhy() throws {
    let run = try FabricatedRun()
    try run.catalog.fail(run.run.id, error: "out of memory at batch 3", exitCode: 9)
    let document = try ReportBuilder(run.catalog.details(of: run.run.id), Publication()).document()
    let notice = try #require(document.notice)
    #expect(notice.heading == "This run failed")
    #expect(notice.sentences[0].hasPrefix("It ended with exit code 9 after "))
    #expect(notice.error == Passage("out of memory at batch 3"))
    #expect(document.verdict.orientation == nil)
    #expect(document.subtitle.hasPrefix("bergson score, failed "))
  }

  @Test func stoppedAndRunningRunsSaySo() throws {
    let running = try FabricatedRun()
    var document = try ReportBuilder(running.catalog.details(of: running.run.id), Publication()).document()
    #expect(document.notice?.heading == "This run has not finished")
    try running.catalog.cancel(running.run.id)
    document = try ReportBuilder(running.catalog.details(of: running.run.id), Publication()).document()
    #expect(document.notice?.heading == "This run was stopped")
  }

  @Test func aRunWhoseProcessIsGoneHasCrashed() throws {
    let run = try FabricatedRun()
    var details = try run.catalog.details(of: run.run.id)
    details.run.processStart += 1
    let document = try ReportBuilder(details, Publication()).document()
    #expect(document.notice?.heading == "This run crashed")
    #expect(document.subtitle.hasSuffix(", crashed"))
  }

  @Test func aRunWithoutScoresSaysSoInsteadOfShowingEmptySections() throws {
    let document = try FabricatedRun(name: nil, command: "build").document()
    #expect(document.title.hasPrefix("Run "))
    #expect(document.notice?.heading == "This run has no scores to show")
    #expect(document.evaluation == nil)
    #expect(document.distribution == nil)
    #expect(document.queries == nil)
    #expect(document.warnings == nil)
    #expect(document.verdict.orientation == nil)
    #expect(document.contents.map(\.anchor) == ["provenance"])
  }

  @Test func aFinishedRunWithScoresHasNoNotice() throws {
    let document = try FabricatedRun.complete().document()
    #expect(document.notice == nil)
    #expect(document.contents.map(\.anchor) == ["warnings", "evaluation", "distribution", "queries", "provenance"])
  }

  @Test func theVerdictNamesModelDataMethodAndOrientation() throws {
    let verdict = try FabricatedRun.complete().document().verdict
    #expect(
      verdict.sentences == [
        "This run scored 10,000 documents of facts.jsonl (train) for 3 queries of queries.jsonl (test), by the gradients "
          + "of a gpt2 model.",
        "A score is the inner product of a document's gradient and the query's: gradients projected at random to "
          + "16 × 16 numbers per module; preconditioned (damped inverse); scaled to unit length, so that a score is a "
          + "cosine.",
        "Gradients of 68.3 % of the model's parameters took part; the others had no part in any score.",
      ])
    #expect(
      verdict.orientation?.hasPrefix("Positive: training on this document lowers the query's loss.") == true)
  }

  @Test func scoresBeyondOneAreNotCalledCosines() throws {
    var run = try FabricatedRun()
    let query = run.add(query: "q")
    run.add(hits: [(1, 1.5)], .top, to: query)
    let sentences = try run.document().verdict.sentences
    #expect(sentences.contains { $0.contains("scaled to unit length.") })
    #expect(!sentences.contains { $0.contains("cosine") })
  }

  @Test func scoresOfTokensAreCalledSums() throws {
    var run = try FabricatedRun()
    var query = run.add(query: "q")
    run.add(hits: [(1, 0.5)], .top, to: query)
    let plain = try run.document().verdict.sentences
    #expect(plain.contains { $0.contains("a score is a cosine") } && !plain.contains { $0.contains("token") })

    let settings = FabricatedRun.configYAML.replacing(
      "projection_dim: 16", with: "projection_dim: 16\n      attribute_tokens: true\n      loss_fn: log_odds")
    run = try FabricatedRun(configYAML: settings)
    query = run.add(query: "q")
    run.add(hits: [(1, 0.5)], .top, to: query)
    let sentences = try run.document().verdict.sentences
    #expect(
      sentences.contains {
        $0.contains("query's: of the negative log odds of the labels; gradients projected")
          && $0.contains(
            "scaled to unit length, token by token; scored token by token, and a document's score is the sum")
      }, "\(sentences)")
    #expect(!sentences.contains { $0.contains("cosine") })
  }

  @Test func aSmallShareOfTheParametersIsRemarkedUpon() throws {
    var run = try FabricatedRun.complete()
    run.results.models[0].attributedParameterCount = 7_217_508
    let sentences = try run.document().verdict.sentences
    #expect(sentences.last?.hasPrefix("Gradients of 5.80 % of the model's parameters took part") == true)
    #expect(sentences.last?.contains("the smaller part of the model") == true)
  }

  @Test func metricsHaveTheirUnits() throws {
    let cost = try #require(try FabricatedRun.complete().document().provenance.groups.first { $0.heading == "Cost" })
    #expect(
      cost.facts.map { [$0.label, $0.value.shown] } == [
        ["Wall time", "1 min 23 s"], ["Peak memory", "1.50 GiB"], ["Throughput", "15,230 tokens/s"],
        ["Rows skipped", "3 rows"],
      ])
    #expect(cost.facts.map(\.value.value) == [83.2, 1_610_612_736, 15_230.4, 3])
  }

  @Test(arguments: [
    (["a", "--b=c/d.e"], "a --b=c/d.e"), (["it's", ""], "'it'\\''s' ''"),
    (["$HOME; rm", "a\nb"], "'$HOME; rm' 'a\nb'"),
  ])
  func commandLinesCanBePastedIntoAShell(arguments: [String], text: String) {
    #expect(ShellText.command(arguments) == text)
  }
}
