/// Flags of the model, the data and the collection of gradients (`index_cfg`).
import ArgumentParser
import Engine

struct IndexOptions: ParsableArguments {
  private static let defaults = IndexConfig()

  @Option(
    name: .customLong("run_path"),
    help: ArgumentHelp("Where to write the run, in place of RUN_PATH.", valueName: "directory"))
  var runPath: String?

  @Flag(
    name: .customLong("overwrite"), inversion: .prefixedNo,
    help: .setting("Replace a run that is already there.", default: defaults.overwrite))
  var overwrite: Bool?

  @OptionGroup var source: ModelOptions

  @OptionGroup var data: DataOptions<DataDocuments>

  @OptionGroup var selection: ModuleOptions

  @Flag(
    name: .customLong("drop_columns"), inversion: .prefixedNo,
    help: .setting("Keep only the columns that the run adds in the stored data set.", default: defaults.dropColumns))
  var dropColumns: Bool?

  @Flag(
    name: .customLong("debug"), inversion: .prefixedNo,
    help: .setting("Log every step.", default: defaults.debug))
  var debug: Bool?

  @Option(
    name: .customLong("projection_dim"),
    help: .setting(
      "Side p of the p x p sketch of each module's gradient; 0 keeps gradients whole.", default: defaults.projectionDim,
      value: "p"))
  var projectionDim: Int?

  @Flag(
    name: .customLong("reshape_to_square"), inversion: .prefixedNo,
    help: .setting(
      "Project gradients in a nearly square shape; adapters are far from square.", default: defaults.reshapeToSquare))
  var reshapeToSquare: Bool?

  @Option(
    name: .customLong("projection_type"),
    help: .setting("Entries of the projection.", default: defaults.projectionType))
  var projectionType: ProjectionType?

  @Option(
    name: .customLong("projection_scale"),
    help: .setting(
      "jl divides entries by the root of p; row_norm makes rows of unit length, as releases up to 0.26 did.",
      default: defaults.projectionScale))
  var projectionScale: ProjectionScale?

  @Option(
    name: .customLong("projection_target"),
    help: .setting("One sketch per module, or one of the whole gradient.", default: defaults.projectionTarget))
  var projectionTarget: ProjectionTarget?

  @Option(
    name: .customLong("projection_seed"),
    help: .setting(
      "Another projection than the common one; `none` for that.", default: defaults.projectionSeed, value: "seed"))
  var projectionSeed: Nullable<Int>?

  @Option(
    name: .customLong("projection_version"),
    help: .setting(
      "Generator of the projection; 1 (rademacher only) reads older indexes.", default: defaults.projectionVersion,
      value: "1|2"))
  var projectionVersion: Int?

  @Option(
    name: .customLong("token_batch_size"),
    help: .setting("Most tokens in a batch, at least 2.", default: defaults.tokenBatchSize, value: "tokens"))
  var tokenBatchSize: Int?

  @Option(
    name: .customLong("max_batch_size"),
    help: .setting(
      "Most documents in a batch; `none` for no limit.", default: defaults.maxBatchSize, value: "documents"))
  var maxBatchSize: Nullable<Int>?

  @Option(
    name: .customLong("max_tokens"),
    help: .setting(
      "Only the first rows, worth at most so many tokens; rows repeat if there are fewer. `none` for all rows.",
      default: defaults.maxTokens, value: "tokens"))
  var maxTokens: Nullable<Int>?

  @Flag(
    name: .customLong("skip_preconditioners"), inversion: .prefixedNo,
    help: .setting("Do not fit preconditioners.", default: defaults.skipPreconditioners))
  var skipPreconditioners: Bool?

  @Flag(
    name: .customLong("skip_index"), inversion: .prefixedNo,
    help: .setting("Do not write gradients.", default: defaults.skipIndex))
  var skipIndex: Bool?

  @Option(
    name: .customLong("stats_sample_size"),
    help: .setting(
      "Documents used for statistics; `none` for all.", default: defaults.statsSampleSize, value: "documents"))
  var statsSampleSize: Nullable<Int>?

  @Option(
    name: .customLong("normalizer"),
    help: .setting(
      "Divide gradients by the roots of their second moments, fitted first on stats_sample_size documents: of every weight "
        + "(adam), or of rows and columns (adafactor).", default: defaults.normalizer))
  var normalizer: NormalizerKind?

  @Option(
    name: .customLong("stats_seed"),
    help: .setting("Seed of the documents that normalizers are fitted on.", default: defaults.statsSeed, value: "seed"))
  var statsSeed: Int?

  @Option(
    name: [.customLong("optimizer_state"), .customLong("optimizer_state_path")],
    help: .setting(
      "Divide gradients by the roots of an optimizer's second moments: optimizer.pt, safetensors, or a checkpoint's "
        + "directory.", default: defaults.optimizerState, value: "file|directory"))
  var optimizerState: String?

  @Option(
    name: .customLong("processor_path"),
    help: .setting(
      "An earlier run whose normalizers, projection and preconditioner are taken.", default: defaults.processorPath,
      value: "directory"))
  var processorPath: String?

  @Option(
    name: .customLong("loss_fn"),
    help: .setting(
      "Cross-entropy of the labels, their negative log odds, or an adapted model's divergence (kl) from its base model.",
      default: defaults.lossFunction))
  var lossFunction: LossFunction?

  @Option(
    name: .customLong("loss_reduction"),
    help: .setting("Sum or mean of the loss over a document's tokens.", default: defaults.lossReduction))
  var lossReduction: LossReduction?

  @Option(
    name: .customLong("label_smoothing"),
    help: .setting(
      "Share of the label's weight that is spread over the vocabulary, below 1.", default: defaults.labelSmoothing,
      value: "share"))
  var labelSmoothing: Double?

  @Option(
    name: .customLong("logit_scale"),
    help: .setting("Factor on the logits before the loss.", default: defaults.logitScale, value: "factor"))
  var logitScale: Double?

  @Option(
    name: .customLong("split_attention_modules"), parsing: .upToNextOption,
    help: .setting(
      "Modules whose gradients are one block per attention head; `none` for none.",
      default: defaults.splitAttentionModules, value: "module"))
  var splitAttentionModules: [String] = []

  @Option(
    name: .customLong("attention.num_heads"),
    help: .setting(
      "Heads of these modules; 0 for as many as --attention.head_size says.", default: defaults.attention.numHeads,
      value: "heads"))
  var numHeads: Int?

  @Option(
    name: .customLong("attention.head_size"),
    help: .setting(
      "Outputs of a head; 0 for a module's outputs over --attention.num_heads.", default: defaults.attention.headSize,
      value: "outputs"))
  var headSize: Int?

  @Option(
    name: .customLong("attention.head_dim"),
    help: .setting(
      "Axis of the heads in the Python tool, 2 or -1; 0 says the same here.", default: defaults.attention.headDim,
      value: "axis"))
  var headDim: Int?

  @Flag(
    name: .customLong("attribute_tokens"), inversion: .prefixedNo,
    help: .setting("A row, or a score, for every token instead of every document.", default: defaults.attributeTokens))
  var attributeTokens: Bool?

  @Option(
    name: .customLong("workers"),
    help: .setting("Threads; `none` for one per core.", default: defaults.workers, value: "threads"))
  var workers: Nullable<Int>?

  func override(_ config: inout IndexConfig) {
    runPath.override(&config.runPath)
    overwrite.override(&config.overwrite)
    source.override(&config)
    data.override(&config.data)
    selection.override(&config)
    dropColumns.override(&config.dropColumns)
    debug.override(&config.debug)
    projectionDim.override(&config.projectionDim)
    reshapeToSquare.override(&config.reshapeToSquare)
    projectionType.override(&config.projectionType)
    projectionScale.override(&config.projectionScale)
    projectionTarget.override(&config.projectionTarget)
    projectionSeed.override(&config.projectionSeed)
    projectionVersion.override(&config.projectionVersion)
    tokenBatchSize.override(&config.tokenBatchSize)
    maxBatchSize.override(&config.maxBatchSize)
    maxTokens.override(&config.maxTokens)
    skipPreconditioners.override(&config.skipPreconditioners)
    skipIndex.override(&config.skipIndex)
    statsSampleSize.override(&config.statsSampleSize)
    normalizer.override(&config.normalizer)
    statsSeed.override(&config.statsSeed)
    optimizerState.override(&config.optimizerState)
    processorPath.override(&config.processorPath)
    lossFunction.override(&config.lossFunction)
    lossReduction.override(&config.lossReduction)
    labelSmoothing.override(&config.labelSmoothing)
    logitScale.override(&config.logitScale)
    ListOverride(splitAttentionModules).override(&config.splitAttentionModules)
    numHeads.override(&config.attention.numHeads)
    headSize.override(&config.attention.headSize)
    headDim.override(&config.attention.headDim)
    attributeTokens.override(&config.attributeTokens)
    workers.override(&config.workers)
  }
}

extension IndexOptions {
  /// What of a processor's settings the command line gives, by key.
  var processorFlags: [String: String] {
    typealias Key = ProcessorConfig.CodingKeys
    let given: [(Key, String?)] = [
      (.projectionDim, projectionDim.map(String.init)), (.reshapeToSquare, reshapeToSquare.map(String.init)),
      (.projectionType, projectionType?.rawValue), (.projectionTarget, projectionTarget?.rawValue),
      (.projectionScale, projectionScale?.rawValue), (.includeBias, selection.includeBias.map(String.init)),
      (.projectionSeed, projectionSeed.map { $0.value.map(String.init) ?? "none" }),
      (.projectionVersion, projectionVersion.map(String.init)),
    ]
    return Dictionary(uniqueKeysWithValues: given.compactMap { key, value in value.map { (key.rawValue, $0) } })
  }

  /// Refuses flags that mean nothing to a command, where they are given and not only stand in a file.
  func refuseProducts(of command: RunStep.Command) throws {
    for (flag, isGiven) in [
      ("--skip_index", skipIndex != nil), ("--skip_preconditioners", skipPreconditioners != nil),
      ("--drop_columns", dropColumns != nil),
    ] where isGiven {
      throw ConfigurationError.conflict(
        "`\(command.rawValue)`", flag, reason: "it stores neither an index nor a data set that could be left out")
    }
  }
}
