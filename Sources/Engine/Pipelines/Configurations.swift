import Foundation

/// The settings of a run as plain values: what the command line, a YAML file or a program hands to a pipeline.
///
/// Property names are this project's; coding keys are the Python tool's, so that its YAML files are read and ours
/// look like its own. Every default is the documented one (`docs/commands.md`).

/// Where documents come from (`data.*`).
package struct DataConfig: Codable, Hashable, Sendable {
  /// A data file, a folder of data files, a saved data set, or the id of a repository of the hub.
  package var dataset = "NeelNanda/pile-10k"
  /// `train`, with slices as in `train[:100]` or `train[10%:20%]`. A single file is one split and answers to any name.
  package var split = "train"
  /// One of the subsets that a data set's README.md lists; nil for its default.
  package var subset: String?
  package var promptColumn = "text"
  /// With a completion column, prompt and completion are joined, by the tokenizer's chat template if it has one, and only
  /// the completion carries loss.
  package var completionColumn = ""
  /// Column with lists of messages, objects with `role` and `content`; only the assistant's carry loss.
  package var conversationColumn = ""
  /// With a reward column, a document's loss is multiplied by its reward less the mean of those with the same prompt
  /// (Dr. GRPO, https://arxiv.org/abs/2503.20783).
  package var rewardColumn = ""
  /// The column that has these factors already.
  package var advantageColumn = ""
  /// Leave documents out whose reward or advantage is missing or NaN, instead of refusing them.
  package var skipNaNRewards = false
  /// Cut documents at min(model's maximum length, token batch size) instead of refusing them.
  package var truncation = false
  /// A YAML file with templates that make prompts and completions of rows, see `FormatTemplate`.
  package var formatTemplate = ""
  /// `revision=REVISION` of a repository of the hub (see `DatasetArguments`); empty for its default.
  package var dataKwargs = ""
  /// Join the documents and cut them into pieces of so many tokens; 0 to keep them apart.
  package var chunkLength = 0

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case dataset, split, subset
    case promptColumn = "prompt_column"
    case completionColumn = "completion_column"
    case conversationColumn = "conversation_column"
    case rewardColumn = "reward_column"
    case advantageColumn = "advantage_column"
    case skipNaNRewards = "skip_nan_rewards"
    case truncation
    case formatTemplate = "format_template"
    case dataKwargs = "data_kwargs"
    case chunkLength = "chunk_length"
  }
}

package enum Precision: String, Codable, Hashable, Sendable, CaseIterable {
  case auto, fp32, bf16, fp16, int8, int4
}

/// The width in which scores are stored; `auto` is the model's.
package enum ScorePrecision: String, Codable, Hashable, Sendable, CaseIterable {
  case auto, fp32, bf16, fp16
}

package enum ProjectionType: String, Codable, Hashable, Sendable, CaseIterable {
  case rademacher, normal
}

/// `jl` scales entries by 1/sqrt(p) (Johnson-Lindenstrauss); `row_norm` scales every row to unit length, as releases
/// up to 0.26 of the Python tool did.
package enum ProjectionScale: String, Codable, Hashable, Sendable, CaseIterable {
  case jl
  case rowNorm = "row_norm"
}

/// One sketch per module, or one of the whole gradient.
package enum ProjectionTarget: String, Codable, Hashable, Sendable, CaseIterable {
  case perModule = "per_module"
  case global
}

package enum LossFunction: String, Codable, Hashable, Sendable, CaseIterable {
  case crossEntropy = "ce"
  /// Of an adapted model from what it was before.
  case divergenceFromBase = "kl"
  /// Negative log odds of the label (Park et al. 2023, TRAK).
  case logOdds = "log_odds"
}

package enum LossReduction: String, Codable, Hashable, Sendable, CaseIterable {
  case sum, mean
}

/// Model, data and collection (`build`, `preconditioners`, `reduce`, `score`).
package struct IndexConfig: Codable, Hashable, Sendable {
  package var runPath = ""
  package var overwrite = false
  /// A directory with `config.json`, safetensors weights and `tokenizer.json`, one with a LoRA adapter, or the id of a
  /// repository of the hub with either.
  package var model = "EleutherAI/pythia-160m"
  /// Branch, tag or commit of the model's repository; none for its default.
  package var revision: String? = nil
  /// `LoraConfig`'s arguments for a fresh adapter, as `r=8,target_modules=q_proj|v_proj`; empty for none.
  package var adapterArguments = ""
  package var precision = Precision.fp32
  /// A directory with another `tokenizer.json`, or the id of a repository of the hub; empty for the model's.
  package var tokenizer = ""
  package var data = DataConfig()
  /// Keep only the columns that the run adds (`length`, `loss`) in the stored data set.
  package var dropColumns = true
  package var debug = false
  /// p of the two-sided sketch; 0 keeps gradients whole.
  package var projectionDim = 16
  package var includeBias = false
  /// Project gradients in a nearly square shape: adapters are far from square.
  package var reshapeToSquare = false
  package var projectionType = ProjectionType.rademacher
  package var projectionScale = ProjectionScale.jl
  package var projectionTarget = ProjectionTarget.perModule
  package var projectionSeed: Int? = nil
  package var projectionVersion = 2
  /// Most tokens in a batch.
  package var tokenBatchSize = 2048
  /// Most documents in a batch.
  package var maxBatchSize: Int? = nil
  /// Process a prefix of the rows worth at most so many tokens, repeating them if there are fewer; none for every row once.
  package var maxTokens: Int? = nil
  package var skipPreconditioners = false
  package var skipIndex = false
  /// Documents used for statistics; none for all.
  package var statsSampleSize: Int? = 10_000
  /// Divide gradients by the roots of second moments that are fitted on the data first.
  package var normalizer = NormalizerKind.none
  /// Seed of the documents that these are fitted on.
  package var statsSeed = 42
  /// An optimizer's file, or a checkpoint's directory with one, whose second moments are taken instead.
  package var optimizerState = ""
  /// An earlier run whose normalizers, projection and preconditioner are taken.
  package var processorPath = ""
  package var lossFunction = LossFunction.crossEntropy
  package var lossReduction = LossReduction.sum
  package var labelSmoothing = 0.0
  /// Logits are multiplied by this before the loss.
  package var logitScale = 1.0
  /// Comma-separated globs of modules to leave out.
  package var filterModules: String? = nil
  /// Only these modules; empty for all.
  package var modules: [String] = []
  /// Modules whose gradients are one block per attention head.
  package var splitAttentionModules: [String] = []
  package var attention = AttentionConfig()
  /// A row for every token instead of every document.
  package var attributeTokens = false
  /// Threads that work on batches; none for one per core. Never changes a number beyond rounding.
  package var workers: Int? = nil

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case runPath = "run_path"
    case overwrite, model, revision
    case adapterArguments = "peft_init_kwargs"
    case precision, tokenizer, data
    case dropColumns = "drop_columns"
    case debug
    case projectionDim = "projection_dim"
    case includeBias = "include_bias"
    case reshapeToSquare = "reshape_to_square"
    case projectionType = "projection_type"
    case projectionScale = "projection_scale"
    case projectionTarget = "projection_target"
    case projectionSeed = "projection_seed"
    case projectionVersion = "projection_version"
    case tokenBatchSize = "token_batch_size"
    case maxBatchSize = "max_batch_size"
    case maxTokens = "max_tokens"
    case skipPreconditioners = "skip_preconditioners"
    case skipIndex = "skip_index"
    case statsSampleSize = "stats_sample_size"
    case normalizer
    case statsSeed = "stats_seed"
    case optimizerState = "optimizer_state"
    case processorPath = "processor_path"
    case lossFunction = "loss_fn"
    case lossReduction = "loss_reduction"
    case labelSmoothing = "label_smoothing"
    case logitScale = "logit_scale"
    case filterModules = "filter_modules"
    case modules
    case splitAttentionModules = "split_attention_modules"
    case attention
    case attributeTokens = "attribute_tokens"
    case workers
  }
}

/// The heads of the modules that are split.
package struct AttentionConfig: Codable, Hashable, Sendable {
  /// 0 for as many as heads of `headSize` cover the module.
  package var numHeads = 0
  /// Outputs of a head; 0 for the module's outputs over the heads.
  package var headSize = 0
  /// The axis of heads among [documents, positions, outputs] in the Python tool, where a gradient can be split along the
  /// last one alone: 2, -1, or 0 for not given.
  package var headDim = 0

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case numHeads = "num_heads"
    case headSize = "head_size"
    case headDim = "head_dim"
  }
}

package enum Aggregation: String, Codable, Hashable, Sendable, CaseIterable {
  case none, mean, sum
}

/// How eigenvalues are inverted (`docs/definitions.md`).
package enum EigenvalueInversion: String, Codable, Hashable, Sendable, CaseIterable {
  case dampedInverse = "damped_inverse"
  case absoluteDampedInverse = "absolute_damped_inverse"
  case factoredTikhonov = "factored_tikhonov"
  case pseudoinverse
  case tikhonovFiltered = "tikhonov_filtered"
  /// Damping by the mean of |H_ij|, as version 0.9.1 of the Python tool had it.
  case meanAbsDamped = "mean_abs_damped"
}

package enum HessianMethod: String, Codable, Hashable, Sendable, CaseIterable {
  case kfac, tkfac, shampoo, autocorrelation

  /// Nil for the dense one.
  package var kronecker: KroneckerMethod? { KroneckerMethod(rawValue: rawValue) }
}

/// The width in which factors are stored; sums are float64 and products float32 whatever it is. `auto` is float32.
package enum HessianPrecision: String, Codable, Hashable, Sendable, CaseIterable {
  case auto, fp32, bf16, fp16
}

/// `hessian`: an approximation of the loss's curvature.
package struct HessianConfig: Codable, Hashable, Sendable {
  package var method = HessianMethod.kfac
  /// Fit eigenvalues to the documents' gradients in the factors' eigenbases (EK-FAC), by a second pass.
  package var eigenvalueCorrection = false
  package var precision = HessianPrecision.auto
  /// Take labels from the data (empirical Fisher) instead of sampling them from the model.
  package var useDatasetLabels = false
  /// Seed of the sampled labels.
  package var labelSeed = 0
  /// Groups of modules that are fitted one after the other, each with its own passes over the data, to save memory.
  package var modulePartitions = 1

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case method
    case eigenvalueCorrection = "ev_correction"
    case precision = "hessian_dtype"
    case useDatasetLabels = "use_dataset_labels"
    case labelSeed = "label_seed"
    case modulePartitions = "module_partitions"
  }
}

package struct InversionConfig: Codable, Hashable, Sendable {
  package var inversion = EigenvalueInversion.dampedInverse
  package var dampingFactor = 0.1

  package init() {}

  package init(inversion: EigenvalueInversion, dampingFactor: Double) {
    self.inversion = inversion
    self.dampingFactor = dampingFactor
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case inversion
    case dampingFactor = "damping_factor"
  }
}

/// What happens to gradient rows after collection (`build`, `reduce`, `score`).
package struct PreprocessConfig: Codable, Hashable, Sendable {
  package var unitNormalize = false
  package var preconditionerPath: String? = nil
  /// Take the corrected eigenvalues of a Kronecker-factored preconditioner (EK-FAC).
  package var eigenvalueCorrection = false
  package var inversionConfig = InversionConfig()
  package var aggregation = Aggregation.none
  package var normalizeAggregatedGradient = false

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case unitNormalize = "unit_normalize"
    case preconditionerPath = "preconditioner_path"
    case eigenvalueCorrection = "ev_correction"
    case inversionConfig = "inversion_cfg"
    case aggregation
    case normalizeAggregatedGradient = "normalize_aggregated_grad"
  }
}

package enum ScoreKind: String, Codable, Hashable, Sendable, CaseIterable {
  /// One column per query.
  case individual
  /// One column: the largest score over the queries.
  case nearest
}

package enum CandidateDirection: String, Codable, Hashable, Sendable, CaseIterable {
  case proponents, opponents
}

/// Score only the documents that an earlier run ranked first.
package struct CandidatesConfig: Codable, Hashable, Sendable {
  /// Path of an earlier score run over the same data; empty to score every document.
  package var scores = ""
  package var topK = 0
  package var fraction = 0.0
  package var direction = CandidateDirection.proponents

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case scores
    case topK = "top_k"
    case fraction, direction
  }
}

package struct ScoreConfig: Codable, Hashable, Sendable {
  /// A run of `build` or `reduce` over the queries.
  package var queryPath = ""
  package var score = ScoreKind.individual
  /// Documents whose gradients are scored at once.
  package var batchSize = 1024
  /// Queries held in memory at once; none for as many as fit.
  package var queryBatchSize: Int? = nil
  package var precision = ScorePrecision.fp32
  /// Only these modules take part in the product; empty for all.
  package var modules: [String] = []
  package var candidates = CandidatesConfig()
  /// Column of the query data with the row numbers of the documents that ought to be found; recall is then reported
  /// beside BM25 and random baselines.
  package var supportingColumn = ""

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case queryPath = "query_path"
    case score
    case batchSize = "batch_size"
    case queryBatchSize = "query_batch_size"
    case precision, modules, candidates
    case supportingColumn = "supporting_column"
  }
}

/// The documents whose losses are asked about, and how their gradients are combined.
package struct QuerySetConfig: Codable, Hashable, Sendable {
  package var data: DataConfig
  /// One row of all queries instead of one each.
  package var aggregation: Aggregation

  package init(aggregation: Aggregation = .none) {
    // Whoever asks names what about.
    data = .unknown
    self.aggregation = aggregation
  }
}

/// `trackstar`: scores in a sketch, preconditioned by a mixture of the autocorrelations of values and queries.
package struct TrackstarConfig: Codable, Hashable, Sendable {
  package var query = QuerySetConfig()
  /// What is done to rows; the preconditioner is the pipeline's own, and the aggregation the queries'.
  package var preprocess = PreprocessConfig()
  package var score = ScoreConfig()
  /// Components that the mixture downweights, of all modules' together (`HessianMixture`).
  package var targetDownweightComponents = 1000
  /// Precondition by the mixture; by the values' autocorrelation alone if not.
  package var mixHessians = true
  /// Fit the autocorrelations on `stats_sample_size` documents instead of on all.
  package var limitsStatistics = true
  /// Go on after the finished steps of an interrupted run.
  package var resume = false

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case query
    case preprocess = "preprocess_cfg"
    case score = "score_cfg"
    case targetDownweightComponents = "target_downweight_components"
    case mixHessians = "mix_hessians"
    case limitsStatistics = "num_stats_sample_preconditioner"
    case resume
  }
}

/// `ekfac`: scores against queries that a Kronecker-factored inverse Hessian was applied to.
package struct HessianPipelineConfig: Codable, Hashable, Sendable {
  package var query = QuerySetConfig(aggregation: .mean)
  package var inversionConfig = InversionConfig()
  /// Go on after the finished steps of an interrupted run.
  package var resume = false

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case query
    case inversionConfig = "inversion_cfg"
    case resume
  }
}

/// `query`: ask an index which documents pull towards a text and which push away from it.
package struct QueryConfig: Codable, Hashable, Sendable {
  package var index = ""
  /// Empty for the model that made the index.
  package var model = ""
  package var textField = "text"
  package var unitNorm = true
  package var topK = 5
  /// CSV file that records every answer: query, direction, result, result_index, score.
  package var record = ""
  package var preconditionerPath: String? = nil
  package var inversionConfig = InversionConfig()
  /// Accepted for the Python tool's command lines; there is one device here.
  package var deviceMapAuto = false

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case index, model
    case textField = "text_field"
    case unitNorm = "unit_norm"
    case topK = "top_k"
    case record
    case preconditionerPath = "preconditioner_path"
    case inversionConfig = "inversion_cfg"
    case deviceMapAuto = "device_map_auto"
  }
}
