/// From argv to settings: defaults, then the file, then the flags.
import ArgumentParser
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct CommandLineTests {
  @Test func anEmptyCommandLineGivesTheDocumentedDefaults() throws {
    var expected = RunStep(.build)
    expected.index.runPath = "runs/a"
    #expect(try parse(Build.self, "build runs/a").makeConfiguration().step == expected)
    #expect(expected.index.projectionDim == 16 && expected.preprocess.aggregation == .none)
  }

  @Test func everyIndexFlagReachesItsSetting() throws {
    let line = """
      build --run_path r --overwrite --model m --precision bf16 --tokenizer t --dataset d.jsonl --split train[:9] \
      --prompt_column p --completion_column c --truncation --no_drop_columns --debug --projection_dim 0 \
      --include_bias --projection_type normal --projection_scale row_norm --projection_target global \
      --projection_seed 0 --projection_version 2 --token_batch_size 2 --max_batch_size 3 --skip_preconditioners \
      --no_skip_index --stats_sample_size none --loss_reduction mean --label_smoothing 0.25 --logit_scale 0.5 \
      --filter_modules *.mlp.*,*.o_proj --modules a b --workers 1
      """
    var expected = IndexConfig()
    expected.runPath = "r"
    expected.overwrite = true
    expected.model = "m"
    expected.precision = .bf16
    expected.tokenizer = "t"
    expected.data.dataset = "d.jsonl"
    expected.data.split = "train[:9]"
    expected.data.promptColumn = "p"
    expected.data.completionColumn = "c"
    expected.data.truncation = true
    expected.dropColumns = false
    expected.debug = true
    expected.projectionDim = 0
    expected.includeBias = true
    expected.projectionType = .normal
    expected.projectionScale = .rowNorm
    expected.projectionTarget = .global
    expected.projectionSeed = 0
    expected.tokenBatchSize = 2
    expected.maxBatchSize = 3
    expected.skipPreconditioners = true
    expected.statsSampleSize = nil
    expected.lossReduction = .mean
    expected.labelSmoothing = 0.25
    expected.logitScale = 0.5
    expected.filterModules = "*.mlp.*,*.o_proj"
    expected.modules = ["a", "b"]
    expected.workers = 1
    #expect(try parse(Build.self, line).makeConfiguration().step.index == expected)
  }

  @Test func everyScoreAndPreprocessFlagReachesItsSetting() throws {
    let line = """
      score r --query_path q --score nearest --batch_size 7 --query_batch_size 2 --score_cfg.precision fp16 \
      --score_cfg.modules a b --candidates.scores s --candidates.fraction 0.5 --direction opponents \
      --supporting_column gold --unit_normalize --hessian_path h --inversion pseudoinverse --damping_factor 0 \
      --aggregation sum --normalize_aggregated_grad
      """
    var expected = RunStep(.score)
    expected.index.runPath = "r"
    expected.score.queryPath = "q"
    expected.score.score = .nearest
    expected.score.batchSize = 7
    expected.score.queryBatchSize = 2
    expected.score.precision = .fp16
    expected.score.modules = ["a", "b"]
    expected.score.candidates.scores = "s"
    expected.score.candidates.fraction = 0.5
    expected.score.candidates.direction = .opponents
    expected.score.supportingColumn = "gold"
    expected.preprocess.unitNormalize = true
    expected.preprocess.preconditionerPath = "h"
    expected.preprocess.inversionConfig = InversionConfig(inversion: .pseudoinverse, dampingFactor: 0)
    expected.preprocess.aggregation = .sum
    expected.preprocess.normalizeAggregatedGradient = true
    #expect(try parse(Score.self, line).makeConfiguration().step == expected)

    let topK = try parse(Score.self, "score r --query_path q --candidates.scores s --top_k 4").makeConfiguration()
    #expect(topK.step.score.candidates.topK == 4)
  }

  @Test func everyQueryFlagReachesItsSetting() throws {
    let line = """
      query --index i --model m --text_field f --no_unit_norm --top_k 2 --record r.csv --preconditioner_path p \
      --inversion factored_tikhonov --damping_factor 2 --device_map_auto
      """
    var expected = RunStep(.query)
    expected.query.index = "i"
    expected.query.model = "m"
    expected.query.textField = "f"
    expected.query.unitNorm = false
    expected.query.topK = 2
    expected.query.record = "r.csv"
    expected.query.preconditionerPath = "p"
    expected.query.inversionConfig = InversionConfig(inversion: .factoredTikhonov, dampingFactor: 2)
    expected.query.deviceMapAuto = true
    #expect(try parse(Query.self, line).makeConfiguration() == expected)
  }

  @Test func reduceAggregatesByMeanUnlessToldOtherwise() throws {
    #expect(try parse(Reduce.self, "reduce r").makeConfiguration().step.preprocess.aggregation == .mean)
    #expect(
      try parse(Reduce.self, "reduce r --aggregation sum").makeConfiguration().step.preprocess.aggregation == .sum)
  }

  @Test func flagsGoOverTheFileAndTheFileOverDefaults() throws {
    let yaml = """
      steps:
      - build:
          index_cfg: {run_path: old, projection_dim: 8, modules: [a], stats_sample_size: 5, data: {truncation: true}}
      """
    try TestFiles.withFile(yaml) { file in
      let kept = try parse(Build.self, ["build", file]).makeConfiguration().step.index
      #expect(kept.runPath == "old" && kept.projectionDim == 8 && kept.data.truncation && kept.modules == ["a"])
      #expect(kept.tokenBatchSize == 2048)

      let over = try parse(
        Build.self,
        ["build", file, "--run_path", "new", "--projection-dim", "4", "--no_truncation", "--modules", "none"]
          + ["--stats_sample_size", "none"]
      ).makeConfiguration().step.index
      #expect(over.runPath == "new" && over.projectionDim == 4 && !over.data.truncation && over.modules == [])
      #expect(over.statsSampleSize == nil)
    }
  }

  @Test func queryTakesItsTextsFromOnePlace() throws {
    #expect(try parse(Query.self, "query --index i").source == .interactive)
    #expect(try parse(Query.self, "query --index i --text a --text b").source == .texts(["a", "b"]))
    #expect(try parse(Query.self, "query --index i --file f.txt --json").source == .file("f.txt"))
    #expect(throws: (any Error).self) { try parse(Query.self, "query --index i --file f.txt --text a") }
    #expect(throws: (any Error).self) { try parse(Query.self, "query words") }
  }

  @Test func reportTakesItsFormFromTheFlagOrTheFile() throws {
    #expect(try parse(Report.self, "report a").wanted == ["a"])
    #expect(try parse(Report.self, "report a").resolvedFormat == .html)
    #expect(try parse(Report.self, "report a -o x.md").resolvedFormat == .md)
    #expect(
      try parse(Report.self, "report a --output x.md --format html --top 3 --templates t").resolvedFormat == .html)
    #expect(try parse(Report.self, "report a b -o x.json").resolvedFormat == .json)
    #expect(throws: (any Error).self) { try parse(Report.self, "report a --format csv") }
    #expect(throws: (any Error).self) { try parse(Report.self, "report a --top 0") }
    #expect(throws: (any Error).self) { try parse(Report.self, "report") }
  }

  @Test func catalogCommandsAndGlobalFlagsParse() throws {
    #expect(try parse(RunsList.self, "runs list --json --catalog c.sqlite").global.catalog == "c.sqlite")
    #expect(try parse(RunsShow.self, "runs show 3").target.wanted == "3")
    let build = try parse(Build.self, "build r --run_name first --verbose")
    #expect(build.runName.runName == "first" && build.global.verbosity == .verbose)
    #expect(throws: (any Error).self) { try parse(Build.self, "build r --quiet --verbose") }
  }
}
