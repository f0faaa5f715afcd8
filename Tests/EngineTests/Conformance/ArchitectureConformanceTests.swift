import Foundation
import Testing

@testable import Engine

/// GPT-2, and Llama with grouped queries, untied and tied, the latter in several shards and today's form of config.json.
@Suite struct ArchitectureConformanceTests {
  @Test(arguments: [FixtureSet.gpt2, .llama, .llamaTied], [0, 1, 5])
  func logitsEqualTheReference(set: FixtureSet, document: Int) throws {
    let fixture = try set.fixtureCase("expected/forward")
    var configuration = IndexConfig()
    configuration.model = set.path("model")
    configuration.data.dataset = set.path("data.jsonl")
    let inputs = try CollectionInputs(configuration, RunContext())
    let model = inputs.model.model
    let logits = model.logits(try inputs.tokens.batch([document]), arena: Arena())
    let distance = try Distance(
      logits.toArray(), fixture.array("logits_doc\(document).npy").values, columns: model.vocabularySize)
    let tolerance = try #require(try fixture.tolerance("logits"))
    #expect(distance.isWithin(tolerance), "\(distance), recorded \(tolerance)")
  }

  @Test(
    arguments: [FixtureSet.gpt2, .llama],
    [
      "build", "build_edge", "build_include_bias", "build_filter_modules", "build_global", "build_normal_row_norm",
      "build_label_smoothing", "build_unit_normalize", "build_p_small", "query_p_small", "build_attribute_tokens",
      "build_attribute_tokens_completion", "build_attribute_tokens_global", "build_edge_attribute_tokens",
      "build_split_attention", "build_split_attention_bias", "build_log_odds", "build_log_odds_mean_completion",
    ])
  func indexEqualsTheReference(set: FixtureSet, name: String) throws {
    try BuildConformanceTests().check(set.fixtureCase("expected_v2/\(name)"))
  }

  /// What a document is: Llama's tokenizer begins texts with a token, and its chat template folds the system's message.
  @Test(
    arguments: [FixtureSet.gpt2, .llama],
    [
      "build_chunk", "build_prompt_completion", "build_conversation", "build_template", "build_reward",
      "build_advantage", "build_truncation", "build_pretokenized", "build_pretokenized_mean",
    ])
  func documentsOfEveryKindEqualTheReference(set: FixtureSet, name: String) throws {
    try BuildConformanceTests().check(set.fixtureCase("expected_v2/\(name)"))
  }

  @Test(arguments: [
    "build", "build_edge", "build_chunk", "build_prompt_completion", "build_include_bias", "build_global",
    "build_filter_modules", "build_label_smoothing", "build_loss_mean", "build_normal", "build_p_small",
    "build_attribute_tokens", "build_split_attention",
  ])
  func tiedIndexEqualsTheReference(name: String) throws {
    try BuildConformanceTests().check(FixtureSet.llamaTied.fixtureCase("expected_v2/\(name)"))
  }

  @Test(arguments: [FixtureSet.gpt2, .llama], ["reduce_mean", "reduce_mean_unit_normalized"])
  func reducedRowEqualsTheReference(set: FixtureSet, name: String) throws {
    try BuildConformanceTests().checkReduced(set.fixtureCase("expected_v2/\(name)"))
  }

  @Test(arguments: [FixtureSet.gpt2, .llama], ["hessian_autocorrelation", "hessian_autocorrelation_bias"])
  func autocorrelationEqualsTheReference(set: FixtureSet, name: String) throws {
    try HessianConformanceTests().checkAutocorrelation(set.fixtureCase("expected_v2/\(name)"))
  }

  @Test(
    arguments: [FixtureSet.gpt2, .llama],
    [
      "score", "score_unit_normalize", "score_nearest", "score_mean", "score_modules", "score_preconditioned",
      "score_preconditioned_unit", "score_pseudoinverse", "score_attribute_tokens", "score_attribute_tokens_unit",
    ])
  func scoresEqualTheReference(set: FixtureSet, name: String) throws {
    let fixture = try set.fixtureCase("expected_v2/\(name)")
    try ScoreConformanceTests().check(
      fixture, fixture.scoreConfiguration(), tolerance: fixture.tolerance("scores") ?? ScoreConformanceTests.usual)
  }

  @Test(arguments: [FixtureSet.gpt2, .llama]) func unprojectedScoresEqualTheReference(set: FixtureSet) throws {
    try ScoreConformanceTests().checkUnprojected(set.fixtureCase("expected_v2/score_unprojected"))
  }
}
