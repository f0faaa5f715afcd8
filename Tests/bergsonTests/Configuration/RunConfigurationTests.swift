/// Files of the Python tool (both releases), files of ours, and files that are wrong.
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct RunConfigurationTests {
  private static func cases(_ release: String, holding file: String) throws -> [String] {
    let folder = TestFiles.configurations.appending(path: release)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().filter {
      FileManager.default.fileExists(atPath: folder.appending(path: $0).appending(path: file).path)
    }
  }

  private static func path(_ release: String, _ name: String, _ file: String) -> String {
    TestFiles.configurations.appending(path: release).appending(path: name).appending(path: file).path
  }

  // MARK: Round trip

  /// Every setting at a value that is not its default, and strings that YAML would take for something else.
  private static let unusual: [RunStep] = RunStep.Command.allCases.map { command in
    var step = RunStep(command)
    if command.sections.contains(.index) {
      step.index.runPath = "no"
      step.index.overwrite = true
      step.index.model = "1e-3"
      step.index.revision = "v1.0"
      step.index.precision = .auto
      step.index.tokenizer = "a: b # c"
      step.index.adapterArguments = "r=4"
      step.index.data.dataset = "2024-01-01"
      step.index.data.split = "train[10%:20%]"
      step.index.data.promptColumn = "~"
      step.index.data.completionColumn = "Fragen & Antworten äöü 日本語 \u{1F600}"
      step.index.data.conversationColumn = "? c"
      step.index.data.rewardColumn = "[r]"
      step.index.data.advantageColumn = "{a}"
      step.index.data.skipNaNRewards = true
      step.index.data.truncation = true
      step.index.data.formatTemplate = "- t"
      step.index.data.dataKwargs = "revision=v1"
      step.index.data.chunkLength = 64
      step.index.dropColumns = false
      step.index.debug = true
      step.index.projectionDim = 0
      step.index.includeBias = true
      step.index.reshapeToSquare = true
      step.index.projectionType = .normal
      step.index.projectionScale = .rowNorm
      step.index.projectionTarget = .global
      step.index.projectionSeed = -7
      step.index.projectionVersion = 1
      step.index.tokenBatchSize = 2
      step.index.maxBatchSize = 9
      step.index.maxTokens = 10
      step.index.skipPreconditioners = true
      step.index.skipIndex = true
      step.index.statsSampleSize = nil
      step.index.normalizer = .adafactor
      step.index.statsSeed = -1
      step.index.optimizerState = "%o"
      step.index.processorPath = "? p"
      step.index.lossFunction = .logOdds
      step.index.lossReduction = .mean
      step.index.labelSmoothing = 0.1 + 0.2
      step.index.logitScale = 1e-5
      step.index.filterModules = "*.mlp.*"
      step.index.modules = ["yes", "0x1f", "", "two\nlines", " spaces ", "'quoted'", "<<", "12:30:45"]
      step.index.splitAttentionModules = ["null"]
      step.index.attention.numHeads = 3
      step.index.attention.headSize = 5
      step.index.attention.headDim = -1
      step.index.attributeTokens = true
      step.index.workers = 2
    }
    if command.sections.contains(.preprocess) {
      step.preprocess.unitNormalize = true
      step.preprocess.preconditionerPath = "null"
      step.preprocess.eigenvalueCorrection = true
      step.preprocess.inversionConfig = InversionConfig(inversion: .meanAbsDamped, dampingFactor: 1e22)
      step.preprocess.aggregation = .sum
      step.preprocess.normalizeAggregatedGradient = true
    }
    if command == .score {
      step.score.queryPath = "true"
      step.score.candidates.scores = "123"
      step.score.candidates.topK = 4
      step.score.candidates.fraction = 0.125
      step.score.candidates.direction = .opponents
    }
    if command == .score || command == .ekfac {
      step.score.score = .nearest
      step.score.batchSize = 1
      step.score.queryBatchSize = 3
      step.score.precision = .fp16
      step.score.modules = ["-", "a b"]
      step.score.supportingColumn = "*anchor"
    }
    if command == .hessian || command == .ekfac {
      step.hessian.method = .shampoo
      step.hessian.eigenvalueCorrection = true
      step.hessian.precision = .bf16
      step.hessian.useDatasetLabels = true
      step.hessian.labelSeed = -3
      step.hessian.modulePartitions = 4
    }
    if command == .trackstar {
      step.trackstar.query.data.dataset = "0777"
      step.trackstar.query.aggregation = .sum
      step.trackstar.preprocess.unitNormalize = true
      step.trackstar.preprocess.inversionConfig = InversionConfig(inversion: .pseudoinverse, dampingFactor: 0.5)
      step.trackstar.score.score = .nearest
      step.trackstar.targetDownweightComponents = 7
      step.trackstar.mixHessians = false
      step.trackstar.limitsStatistics = false
      step.trackstar.resume = true
    }
    if command == .ekfac {
      step.hessianPipeline.query.data.split = "test[:3]"
      step.hessianPipeline.query.aggregation = .none
      step.hessianPipeline.inversionConfig = InversionConfig(inversion: .tikhonovFiltered, dampingFactor: 2)
      step.hessianPipeline.resume = true
    }
    if command == .evaluate {
      step.evaluation.measure = .lds
      step.evaluation.scores = "s: 1"
      step.evaluation.supportingColumn = "#c"
      step.evaluation.bank = "@b"
      step.evaluation.index = "`i`"
      step.evaluation.model = "| m"
      step.evaluation.data.dataset = "> d"
      step.evaluation.query.dataset = "%q"
    }
    if command == .query {
      step.query.index = "off"
      step.query.model = "!tag"
      step.query.textField = "&x"
      step.query.unitNorm = false
      step.query.topK = 1
      step.query.record = "%percent"
      step.query.preconditionerPath = "1_000"
      step.query.inversionConfig = InversionConfig(inversion: .pseudoinverse, dampingFactor: 0)
      step.query.deviceMapAuto = true
    }
    return step
  }

  @Test func whatIsWrittenReadsBackEqual() throws {
    for steps in [RunStep.Command.allCases.map { RunStep($0) }, Self.unusual] {
      let text = try RunConfiguration.text(of: steps, version: "0.1.0", created: .now)
      try TestFiles.withFile(text) { file in
        let read = try RunConfiguration.read(file)
        #expect(read == steps)
      }
    }
  }

  @Test func noSettingOfTheUnusualStepsIsAtItsDefault() {
    // Otherwise the round trip would not notice a setting that is neither written nor read.
    for step in Self.unusual {
      let plain = RunStep(step.command)
      for section in step.command.sections {
        for (unusual, usual) in zip(step.write(section).entries, plain.write(section).entries) {
          #expect(unusual.value != usual.value, "\(section).\(unusual.key)")
        }
      }
    }
  }

  @Test func theFormIsThatOfTheNewestPythonRelease() throws {
    var step = RunStep(.preconditioners)
    step.index.runPath = "runs/a"
    let text = try RunConfiguration.text(
      of: [step], version: "0.1.0", created: Date(timeIntervalSince1970: 1_795_450_731))
    #expect(
      text == """
        steps:
        - preconditioners:
            index_cfg:
              run_path: runs/a
              overwrite: false
              model: EleutherAI/pythia-160m
              revision: null
              peft_init_kwargs: ''
              precision: fp32
              tokenizer: ''
              data:
                dataset: NeelNanda/pile-10k
                split: train
                subset: null
                prompt_column: text
                completion_column: ''
                conversation_column: ''
                reward_column: ''
                advantage_column: ''
                skip_nan_rewards: false
                truncation: false
                format_template: ''
                data_kwargs: ''
                chunk_length: 0
              drop_columns: true
              debug: false
              projection_dim: 16
              include_bias: false
              reshape_to_square: false
              projection_type: rademacher
              projection_scale: jl
              projection_target: per_module
              projection_seed: null
              projection_version: 2
              token_batch_size: 2048
              max_batch_size: null
              max_tokens: null
              skip_preconditioners: false
              skip_index: false
              stats_sample_size: 10000
              normalizer: none
              stats_seed: 42
              optimizer_state: ''
              processor_path: ''
              loss_fn: ce
              loss_reduction: sum
              label_smoothing: 0.0
              logit_scale: 1.0
              filter_modules: null
              modules: []
              split_attention_modules: []
              attention:
                num_heads: 0
                head_size: 0
                head_dim: 0
              attribute_tokens: false
              workers: null
        metadata:
          bergson_version: 0.1.0
          created: '2026-11-23T16:18:51+00:00'

        """)
  }

  // MARK: Files of release 2.5.1

  @Test func filesOfTheNewestReleaseAreRead() throws {
    var read = 0
    for name in try Self.cases("v2.5.1", holding: "config.yaml") {
      let file = Self.path("v2.5.1", name, "config.yaml")
      do {
        let steps = try RunConfiguration.read(file)
        #expect(steps.count == 1 && steps[0].index.runPath == name && steps[0].index.overwrite, "\(name)")
        read += 1
      } catch ConfigurationError.unsupportedCommand(_, _, let command) {
        #expect(name.hasPrefix(command), "\(name): \(command)")
      }
    }
    #expect(read == 18)
  }

  @Test func everyKeyOfTheNewestReleaseKeepsItsValue() throws {
    for name in ["build", "score", "score_bf16", "reduce_mean_preconditioned_unit", "reduce_sum"] {
      let file = Self.path("v2.5.1", name, "config.yaml")
      let source = try YAMLValue(parsing: String(contentsOfFile: file, encoding: .utf8), file: file)
      let steps = try RunConfiguration.read(file)
      let written = try YAMLValue(
        parsing: RunConfiguration.text(of: steps, version: "2.5.1", created: .now), file: "written")
      expectSame(try #require(source["steps"]), try #require(written["steps"]), name)
    }
  }

  /// Every value that both documents have is the same.
  private func expectSame(_ source: YAMLValue, _ written: YAMLValue, _ path: String) {
    switch (source.kind, written.kind) {
    case (.mapping(let entries), .mapping):
      for entry in entries {
        if let value = written[entry.key] { expectSame(entry.value, value, "\(path).\(entry.key)") }
      }
    case (.list(let first), .list(let second)) where first.count == second.count:
      for (first, second) in zip(first, second) { expectSame(first, second, path) }
    default:
      #expect(source.kind == written.kind, "\(path)")
    }
  }

  @Test func scoreOfTheNewestRelease() throws {
    let step = try RunConfiguration.read(Self.path("v2.5.1", "score_bf16", "config.yaml"), for: .score).step
    #expect(step.score.precision == .bf16 && step.index.precision == .fp32)
    #expect(step.score.queryPath == "query_p_small" && step.index.data.dataset == "data.jsonl")
    #expect(step.index.tokenBatchSize == 256 && step.index.projectionDim == 8)
  }

  @Test func theNewestReleaseCallsAPreconditionerAHessian() throws {
    let file = Self.path("v2.5.1", "reduce_mean_preconditioned", "config.yaml")
    #expect(try RunConfiguration.read(file)[0].preprocess.preconditionerPath == "hessian_autocorrelation")
  }

  // MARK: Files of release 0.9.1

  @Test func flatFilesAreReadWithTheirSiblings() throws {
    var read = 0
    for name in try Self.cases("v0.9.1", holding: "index_config.yaml") {
      let command: RunStep.Command = name.hasPrefix("reduce") ? .reduce : .build
      let (step, isFlat) = try RunConfiguration.read(Self.path("v0.9.1", name, "index_config.yaml"), for: command)
      #expect(step.index.runPath == name && isFlat, "\(name)")
      #expect(step.index.processorPath.isEmpty != name.contains("_ada"), "\(name)")
      read += 1
    }
    #expect(read == 34)
  }

  @Test func flatScoreFilesAreRead() throws {
    let names = try Self.cases("v0.9.1", holding: "score_config.yaml")
    #expect(!names.isEmpty)
    for name in names {
      let step = try RunConfiguration.read(Self.path("v0.9.1", name, "score_config.yaml"), for: .score).step
      #expect(!step.score.queryPath.isEmpty && step.score.batchSize == 1024, "\(name)")
      #expect(step.score.precision == (name == "score_bf16" ? .bf16 : .fp32), "\(name)")
    }
  }

  @Test func aSiblingBringsItsSection() throws {
    let file = Self.path("v0.9.1", "reduce_mean_unit_normalized", "index_config.yaml")
    let preprocess = try RunConfiguration.read(file, for: .reduce).step.preprocess
    #expect(preprocess.unitNormalize && preprocess.normalizeAggregatedGradient && preprocess.aggregation == .mean)
  }

  @Test func flatFilesInJSONAreReadToo() throws {
    try TestFiles.withFile(
      #"{"projection_dim": 6, "projection_type": "rademacher", "include_bias": true}"#, named: "index_config.yaml"
    ) {
      let index = try RunConfiguration.read($0, for: .build).step.index
      #expect(index.projectionDim == 6 && index.includeBias)
    }
  }

  @Test func aFlatFileSaysWhichFlagsGiveItsNumbers() throws {
    let file = Self.path("v0.9.1", "reduce_mean_preconditioned", "index_config.yaml")
    let notes = try parse(Reduce.self, ["reduce", file]).makeConfiguration().notes
    #expect(notes.count == 1)
    let flags = ["--projection_version", "1", "--projection_scale", "row_norm", "--inversion", "mean_abs_damped"]
    #expect(notes.first?.hasSuffix(flags.joined(separator: " ")) == true, "\(notes)")
    #expect(try parse(Reduce.self, ["reduce", file] + flags).makeConfiguration().notes == [])
    let current = Self.path("v2.5.1", "reduce_mean_preconditioned", "config.yaml")
    #expect(try parse(Reduce.self, ["reduce", current]).makeConfiguration().notes == [])
    let normal = Self.path("v0.9.1", "build_normal", "index_config.yaml")
    #expect(
      try parse(Build.self, ["build", normal]).makeConfiguration().notes.first?.contains("cannot be made") == true)
  }

  // MARK: Other forms

  @Test func sectionsWithoutStepsBelongToTheNamedCommand() throws {
    try TestFiles.withFile("index_cfg: {run_path: r}\npreprocess_cfg: {aggregation: sum}\n", named: "mine.yml") {
      let step = try RunConfiguration.read($0, for: .reduce).step
      #expect(step.index.runPath == "r" && step.preprocess.aggregation == .sum)
    }
  }

  @Test func stepsKeepTheirOrder() throws {
    let yaml = """
      steps:
      - reduce: {index_cfg: {run_path: q, data: {dataset: queries.jsonl}}}
      - build: {index_cfg: {run_path: i}}
      - score: {score_cfg: {query_path: q}, index_cfg: {run_path: s}}
      """
    try TestFiles.withFile(yaml, named: "chain.yaml") { file in
      let steps = try parse(Steps.self, [file]).makeConfigurations()
      #expect(steps.map(\.command) == [.reduce, .build, .score])
      #expect(steps[0].preprocess.aggregation == .mean && steps[0].index.data.dataset == "queries.jsonl")

      #expect(
        throws: ConfigurationError.wrongCommand(file: file, found: ["reduce", "build", "score"], expected: "build")
      ) {
        try parse(Build.self, ["build", file]).makeConfiguration()
      }
    }
  }
}
