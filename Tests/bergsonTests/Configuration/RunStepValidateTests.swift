import ArgumentParser
import Engine
import Testing

@testable import bergson

@Suite struct RunStepValidateTests {
  private func makeStep(_ line: String) throws -> RunStep {
    switch line.prefix(while: { $0 != " " }) {
    case "score": try parse(Score.self, line).makeConfiguration().step
    case "query": try parse(Query.self, line).makeConfiguration()
    case "reduce": try parse(Reduce.self, line).makeConfiguration().step
    case "preconditioners": try parse(Preconditioners.self, line).makeConfiguration().step
    case "hessian": try parse(Hessian.self, line).makeConfiguration().step
    default: try parse(Build.self, line).makeConfiguration().step
    }
  }

  @Test(arguments: [
    ("build r --projection_dim -1", "--projection_dim", "the integer -1", "an integer, at least 0"),
    ("build r --projection_version 3", "--projection_version", "the integer 3", "an integer, one of 1, 2"),
    ("build r --token_batch_size 1", "--token_batch_size", "the integer 1", "an integer, at least 2"),
    ("build r --max_batch_size 0", "--max_batch_size", "the integer 0", "an integer or null, at least 1"),
    ("build r --max_tokens 0", "--max_tokens", "the integer 0", "an integer or null, at least 1"),
    ("build r --chunk_length -1", "--data.chunk_length", "the integer -1", "an integer, at least 0"),
    ("build r --stats_sample_size 0", "--stats_sample_size", "the integer 0", "an integer or null, at least 1"),
    ("build r --workers 0", "--workers", "the integer 0", "an integer or null, at least 1"),
    ("build r --label_smoothing 1", "--label_smoothing", "the number 1.0", "a number, at least 0 and less than 1"),
    ("build r --label_smoothing nan", "--label_smoothing", "the number nan", "a number, at least 0 and less than 1"),
    ("build r --logit_scale 0", "--logit_scale", "the number 0.0", "a number, greater than 0"),
    ("build r --damping_factor -0.5", "--damping_factor", "the number -0.5", "a number, at least 0.0"),
    ("build r --damping_factor inf", "--damping_factor", "the number inf", "a number, at least 0.0"),
    ("score r --query_path q --batch_size 0", "--batch_size", "the integer 0", "an integer, at least 1"),
    (
      "score r --query_path q --query_batch_size 0", "--query_batch_size", "the integer 0",
      "an integer or null, at least 1"
    ),
    ("score r --query_path q --fraction 1.5", "--candidates.fraction", "the number 1.5", "a number, from 0 to 1"),
    ("score r --query_path q --top_k -1", "--candidates.top_k", "the integer -1", "an integer, at least 0"),
    ("query --index i --top_k 0", "--top_k", "the integer 0", "an integer, at least 1"),
  ])
  func valuesOutOfRangeAreRefusedByFlag(_ line: String, _ flag: String, _ found: String, _ expected: String) {
    #expect(throws: ConfigurationError.wrongValue(.flag(flag), found: found, expected: expected)) { try makeStep(line) }
  }

  @Test(arguments: [
    ("build r --skip_index --skip_preconditioners", "--skip_index", "--skip_preconditioners"),
    ("preconditioners r --skip_preconditioners", "`preconditioners`", "--skip_preconditioners"),
    ("build r --projection_version 1 --projection_type normal", "--projection_version 1", "--projection_type normal"),
    ("reduce r --aggregation none", "`reduce`", "--aggregation none"),
    ("build r --normalize_aggregated_grad", "--normalize_aggregated_grad", "--aggregation none"),
    ("build r --chunk_length 8 --truncation", "--chunk_length", "--truncation"),
    ("build r --chunk_length 8 --completion_column c", "--chunk_length", "--completion_column"),
    ("build r --chunk_length 8 --conversation_column c", "--chunk_length", "--conversation_column"),
    ("build r --chunk_length 8 --format_template c", "--chunk_length", "--format_template"),
    ("build r --conversation_column a --completion_column c", "--conversation_column", "--completion_column"),
    ("build r --conversation_column a --format_template c", "--conversation_column", "--format_template"),
    ("build r --completion_column a --format_template c", "--completion_column", "--format_template"),
    ("build r --chunk_length 8 --reward_column c", "--chunk_length", "--reward_column"),
    ("build r --chunk_length 8 --advantage_column c", "--chunk_length", "--advantage_column"),
    ("build r --reward_column a --advantage_column b", "--reward_column", "--advantage_column"),
    ("build r --reshape_to_square --projection_dim 0", "--reshape_to_square", "--projection_dim 0"),
    ("build r --reshape_to_square --projection_target global", "--reshape_to_square", "--projection_target global"),
    ("hessian r --reshape_to_square --method tkfac", "--method tkfac", "--reshape_to_square"),
    (
      "hessian r --split_attention_modules a --attention.num_heads 2 --method kfac", "--method kfac",
      "--split_attention_modules"
    ),
    (
      "score r --query_path q --projection_target global --score_cfg.modules a", "--score_cfg.modules",
      "--projection_target global"
    ),
    ("build r --loss_fn log_odds --label_smoothing 0.1", "--loss_fn log_odds", "--label_smoothing"),
    ("build r --loss_fn kl --label_smoothing 0.1", "--loss_fn kl", "--label_smoothing"),
    ("hessian r --loss_fn kl --use_dataset_labels", "--loss_fn kl", "--method kfac"),
    ("hessian r --loss_fn log_odds", "--loss_fn log_odds", "--use_dataset_labels false"),
    ("build r --attribute_tokens --aggregation mean", "--attribute_tokens", "--aggregation mean"),
    ("reduce r --attribute_tokens", "--attribute_tokens", "`reduce`"),
    ("hessian r --attribute_tokens --method kfac", "--attribute_tokens", "--method kfac"),
    ("build r --run_path s", "RUN_PATH 'r'", "--run_path 's'"),
    (
      "score r --query_path q --candidates.scores s --candidates.top_k 2 --candidates.fraction 0.1",
      "--candidates.top_k", "--candidates.fraction"
    ),
  ])
  func settingsThatExcludeEachOtherAreRefused(_ line: String, _ first: String, _ second: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try makeStep(line) }
    guard case .conflict(first, second, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(ExitStatus.outcome(of: error, in: Root.self).status == .usage)
  }

  @Test(arguments: [
    ("build", "RUN_PATH"), ("score r", "--query_path"), ("query", "--index"),
    ("build r --skip_nan_rewards", "--reward_column or --advantage_column"),
    ("score r --query_path q --top_k 3", "--candidates.scores"),
    ("build r --attention.num_heads 2", "--split_attention_modules"),
    ("build r --attention.head_dim 2", "--split_attention_modules"),
    ("build r --split_attention_modules a", "--attention.num_heads or --attention.head_size"),
    ("score r --query_path q --candidates.scores s", "--candidates.top_k or --candidates.fraction"),
  ])
  func whatIsMissingIsNamed(_ line: String, _ name: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try makeStep(line) }
    guard case .missing(name, _) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test func versionOneOfRademacherIsFine() throws {
    let step = try makeStep("build r --projection_version 1 --projection_scale row_norm")
    #expect(step.index.projectionVersion == 1)
  }
}
