/// The settings of every section, one line each: key, property, range. Reading, writing and checking all go by these
/// tables, the flags of `Options/` are named after them, and tests hold all of it to the coding keys of
/// `Engine/Pipelines/Configurations.swift`.
///
/// `fixed` lists what releases 0.9.1 to 2.5.1 of the Python tool write for features that are not here.
import Engine

enum SettingTables {
  static let data = Section<DataConfig>(
    settings: [
      Setting("dataset", \.dataset),
      Setting("split", \.split),
      Setting("subset", \.subset),
      Setting("prompt_column", \.promptColumn),
      Setting("completion_column", \.completionColumn),
      Setting("conversation_column", \.conversationColumn),
      Setting("reward_column", \.rewardColumn),
      Setting("advantage_column", \.advantageColumn),
      Setting("skip_nan_rewards", \.skipNaNRewards),
      Setting("truncation", \.truncation),
      Setting("format_template", \.formatTemplate),
      Setting("data_kwargs", \.dataKwargs),
      Setting("chunk_length", \.chunkLength, .atLeast(0)),
    ],
    fixed: [:])

  static let attention = Section<AttentionConfig>(
    settings: [
      Setting("num_heads", \.numHeads, .atLeast(0)),
      Setting("head_size", \.headSize, .atLeast(0)),
      Setting("head_dim", \.headDim, .oneOf(0, 2, -1)),
    ],
    fixed: [:])

  static let index = Section<IndexConfig>(
    settings: [
      Setting("run_path", \.runPath),
      Setting("overwrite", \.overwrite),
      Setting("model", \.model),
      Setting("revision", \.revision),
      Setting("peft_init_kwargs", \.adapterArguments),
      Setting("precision", \.precision),
      Setting("tokenizer", \.tokenizer),
      Setting("data", \.data, section: data),
      Setting("drop_columns", \.dropColumns),
      Setting("debug", \.debug),
      Setting("projection_dim", \.projectionDim, .atLeast(0)),
      Setting("include_bias", \.includeBias),
      Setting("reshape_to_square", \.reshapeToSquare),
      Setting("projection_type", \.projectionType),
      Setting("projection_scale", \.projectionScale),
      Setting("projection_target", \.projectionTarget),
      Setting("projection_seed", \.projectionSeed),
      Setting("projection_version", \.projectionVersion, .oneOf(1, 2)),
      Setting("token_batch_size", \.tokenBatchSize, .atLeast(2)),
      Setting("max_batch_size", \.maxBatchSize, .atLeast(1)),
      Setting("max_tokens", \.maxTokens, .atLeast(1)),
      Setting("skip_preconditioners", \.skipPreconditioners),
      Setting("skip_index", \.skipIndex),
      Setting("stats_sample_size", \.statsSampleSize, .atLeast(1)),
      Setting("normalizer", \.normalizer),
      Setting("stats_seed", \.statsSeed),
      Setting("optimizer_state", \.optimizerState, alias: "optimizer_state_path"),
      Setting("processor_path", \.processorPath),
      Setting("loss_fn", \.lossFunction),
      Setting("loss_reduction", \.lossReduction),
      Setting("label_smoothing", \.labelSmoothing, .zeroToBelowOne),
      Setting("logit_scale", \.logitScale, .positive),
      Setting("filter_modules", \.filterModules),
      Setting("modules", \.modules),
      Setting("split_attention_modules", \.splitAttentionModules),
      Setting("attention", \.attention, section: attention),
      Setting("attribute_tokens", \.attributeTokens),
      Setting("workers", \.workers, .atLeast(1)),
    ],
    fixed: [
      "distributed": ["nnode": 1, "nproc_per_node": 1, "node_rank": nil], "fsdp": false,
      "model_kwargs": "", "moe_experts": "", "use_tf32_matmuls": false,
      "auto_batch_size": false, "stream_shard_size": 400_000, "profile": false,
      "force_math_sdp": false,
    ])

  static let inversion = Section<InversionConfig>(
    settings: [
      Setting("inversion", \.inversion),
      Setting("damping_factor", \.dampingFactor, .finite(from: 0)),
    ],
    fixed: ["apply_batch_size": 2])

  static let preprocess = Section<PreprocessConfig>(
    settings: [
      Setting("unit_normalize", \.unitNormalize),
      // The newest Python release calls it a Hessian's path; files of both are read, and ours are written for it.
      Setting("hessian_path", \.preconditionerPath, alias: "preconditioner_path"),
      Setting("ev_correction", \.eigenvalueCorrection),
      Setting("inversion_cfg", \.inversionConfig, section: inversion),
      Setting("aggregation", \.aggregation),
      Setting("normalize_aggregated_grad", \.normalizeAggregatedGradient),
    ],
    fixed: [:])

  static let hessian = Section<HessianConfig>(
    settings: [
      Setting("method", \.method),
      Setting("ev_correction", \.eigenvalueCorrection),
      Setting("hessian_dtype", \.precision),
      Setting("use_dataset_labels", \.useDatasetLabels),
      Setting("label_seed", \.labelSeed),
      Setting("module_partitions", \.modulePartitions, .atLeast(1)),
    ],
    fixed: [:])

  static let candidates = Section<CandidatesConfig>(
    settings: [
      Setting("scores", \.scores),
      Setting("top_k", \.topK, .atLeast(0)),
      Setting("fraction", \.fraction, .zeroToOne),
      Setting("direction", \.direction),
    ],
    fixed: ["higher_is_better": nil])

  static let score = Section<ScoreConfig>(
    settings: [
      Setting("query_path", \.queryPath),
      Setting("score", \.score),
      Setting("batch_size", \.batchSize, .atLeast(1)),
      Setting("query_batch_size", \.queryBatchSize, .atLeast(1)),
      Setting("precision", \.precision),
      Setting("modules", \.modules),
      Setting("candidates", \.candidates, section: candidates),
      Setting("supporting_column", \.supportingColumn),
    ],
    fixed: ["higher_is_better": true, "token_influence": "gradient"])

  /// Documents asked about: those settings of `data` and how their gradients are combined.
  private static let querySet = Section<QuerySetConfig>(
    settings: data.settings.map { Setting($0, of: \.data) } + [Setting("aggregation", \.aggregation)],
    fixed: ["contrast": nil, "path": ""])

  /// Scores of a pipeline that makes its own queries.
  static let pipelineScore = score.fixing([
    "query_path": "", "candidates": ["scores": "", "top_k": 0, "higher_is_better": nil],
  ])

  static let trackstar = Section<TrackstarConfig>(
    settings: [
      Setting("query", \.query, section: querySet),
      Setting(
        "preprocess_cfg", \.preprocess,
        section: preprocess.fixing([
          "hessian_path": nil, "preconditioner_path": nil, "ev_correction": false, "aggregation": "none",
        ])),
      Setting("score_cfg", \.score, section: pipelineScore),
      Setting("target_downweight_components", \.targetDownweightComponents, .atLeast(0)),
      Setting("mix_hessians", \.mixHessians),
      Setting("num_stats_sample_preconditioner", \.limitsStatistics),
      Setting("resume", \.resume),
    ],
    // In `index_cfg` here, for all commands.
    fixed: ["stats_sample_size": 10_000])

  static let hessianPipeline = Section<HessianPipelineConfig>(
    settings: [
      Setting("query", \.query, section: querySet),
      Setting("inversion_cfg", \.inversionConfig, section: inversion),
      Setting("resume", \.resume),
    ],
    fixed: ["astra": ["num_steps": 0]])

  /// Of data that are read to be shown, not to be learnt from: which rows there are, and what they say.
  static let documents = Section<DataConfig>(
    settings: [
      Setting("dataset", \.dataset),
      Setting("split", \.split),
      Setting("subset", \.subset),
      Setting("data_kwargs", \.dataKwargs),
      Setting("prompt_column", \.promptColumn),
      Setting("completion_column", \.completionColumn),
      Setting("conversation_column", \.conversationColumn),
      Setting("format_template", \.formatTemplate),
    ],
    fixed: [:])

  static let evaluation = Section<EvaluationConfig>(
    settings: [
      Setting("measure", \.measure),
      Setting("scores", \.scores),
      Setting("supporting_column", \.supportingColumn),
      Setting("bank", \.bank),
      Setting("index", \.index),
      Setting("model", \.model),
      Setting("data", \.data, section: documents),
      Setting("query", \.query, section: documents),
    ],
    fixed: [:])

  static let query = Section<QueryConfig>(
    settings: [
      Setting("index", \.index),
      Setting("model", \.model),
      Setting("text_field", \.textField),
      Setting("unit_norm", \.unitNorm),
      Setting("top_k", \.topK, .atLeast(1)),
      Setting("record", \.record),
      Setting("hessian_path", \.preconditionerPath, alias: "preconditioner_path"),
      Setting("inversion_cfg", \.inversionConfig, section: inversion),
      Setting("device_map_auto", \.deviceMapAuto),
    ],
    fixed: ["faiss": false])
}
