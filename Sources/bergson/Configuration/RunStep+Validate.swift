/// The rules that settings have to keep, alone (ranges, from the tables) and together.
///
/// A value out of range that came from a file has been refused while the file was read, with its line; what is refused
/// here came from a flag and is named as one.
import Engine

extension RunStep {
  /// - Returns: The step itself, checked.
  func validated() throws -> RunStep {
    for section in command.sections { try validate(section) }
    if command == .query {
      try require(query.index, "--index", "the run of `build` to search")
      return self
    }
    if command == .evaluate {
      try validateEvaluation()
      return self
    }
    try require(index.runPath, "RUN_PATH", "where to write the run")
    if command == .score {
      try require(score.queryPath, "--query_path", "a run of `build` or `reduce` over the queries")
    }
    try validateDocuments(index.data, prefix: "")
    for set in [querySet].compactMap(\.self) {
      try require(set.data.dataset, "--query.dataset", "the documents whose losses are asked about")
      try validateDocuments(set.data, prefix: "query.")
    }
    try validateAdapter()
    try validateProducts()
    try validateProjection()
    try validateNormalizers()
    try validateLoss()
    try validateBlocks()
    try validateAggregation()
    try validateTokens()
    try validateCandidates()
    try validateHessian()
    try validatePipeline()
    return self
  }

  /// The documents that a pipeline asks about; nil for other commands.
  private var querySet: QuerySetConfig? {
    switch command {
    case .trackstar: trackstar.query
    case .ekfac: hessianPipeline.query
    case .build, .preconditioners, .reduce, .score, .query, .hessian, .evaluate: nil
    }
  }

  private func validate(_ section: SectionName) throws {
    let flag = { ConfigurationError.Place.flag(section.flag(for: $0)) }
    switch section {
    case .index: try SettingTables.index.validate(index, place: flag)
    case .preprocess: try SettingTables.preprocess.validate(preprocess, place: flag)
    case .score: try command.scoreTable.validate(score, place: flag)
    case .query: try SettingTables.query.validate(query, place: flag)
    case .hessian: try SettingTables.hessian.validate(hessian, place: flag)
    case .trackstar: try SettingTables.trackstar.validate(trackstar, place: flag)
    case .hessianPipeline: try SettingTables.hessianPipeline.validate(hessianPipeline, place: flag)
    case .evaluation: try SettingTables.evaluation.validate(evaluation, place: flag)
    }
  }

  private func require(_ value: String, _ name: String, _ meaning: String) throws {
    if value.isEmpty { throw ConfigurationError.missing(name: name, meaning: meaning) }
  }

  private func validateEvaluation() throws {
    try require(evaluation.scores, "SCORES", "the run of `score` to evaluate")
    switch evaluation.measure {
    case .recall:
      try require(
        evaluation.supportingColumn, "--supporting_column", "the column of the queries with the rows to be found")
    case .lds: try require(evaluation.bank, "--bank", "the losses after retraining on parts of the data")
    }
    for (name, data) in [("data", evaluation.data), ("query", evaluation.query)] {
      if data.isUnknown, data != .unknown {
        throw ConfigurationError.missing(
          name: "--\(name).dataset", meaning: "the data set that the other --\(name) flags are about")
      }
      if data.truncation {
        throw ConfigurationError.conflict(
          "`evaluate`", "--\(name).truncation", reason: "texts are searched as a whole, whatever the model saw")
      }
    }
  }

  private func validateAdapter() throws {
    guard !index.adapterArguments.isEmpty else { return }
    do {
      _ = try AdapterArguments(index.adapterArguments)
    } catch {
      throw ConfigurationError.unreadableValue(reason: "\(error)")
    }
  }

  /// - Parameter prefix: of the flags, where the documents are not the run's own.
  private func validateDocuments(_ data: DataConfig, prefix: String) throws {
    _ = try DatasetArguments(data.dataKwargs)
    func conflict(_ first: String, _ second: String, reason: String) -> ConfigurationError {
      .conflict("--\(prefix)\(first)", "--\(prefix)\(second)", reason: reason)
    }
    func refuse(_ flag: String, _ setting: Bool, reason: String) throws {
      if setting { throw conflict("chunk_length", flag, reason: reason) }
    }
    if data.chunkLength > 0 {
      let plain = "chunks are cut from plain text"
      try refuse("truncation", data.truncation, reason: "chunks are never longer than they are to be")
      try refuse("format_template", !data.formatTemplate.isEmpty, reason: plain)
      try refuse("completion_column", !data.completionColumn.isEmpty, reason: plain)
      try refuse("conversation_column", !data.conversationColumn.isEmpty, reason: plain)
      let rewards = "a chunk may have several documents, which have a reward each"
      try refuse("reward_column", !data.rewardColumn.isEmpty, reason: rewards)
      try refuse("advantage_column", !data.advantageColumn.isEmpty, reason: rewards)
    }
    for (flag, isGiven) in [
      ("completion_column", !data.completionColumn.isEmpty), ("format_template", !data.formatTemplate.isEmpty),
    ] where isGiven && !data.conversationColumn.isEmpty {
      throw conflict("conversation_column", flag, reason: "each says what a row's document is")
    }
    if !data.completionColumn.isEmpty, !data.formatTemplate.isEmpty {
      throw conflict(
        "completion_column", "format_template", reason: "completions come from the template's doc_to_target")
    }
    if !data.rewardColumn.isEmpty, !data.advantageColumn.isEmpty {
      throw conflict(
        "reward_column", "advantage_column", reason: "advantages are either given or made of rewards")
    }
    if data.skipNaNRewards, data.rewardColumn.isEmpty, data.advantageColumn.isEmpty {
      throw ConfigurationError.missing(
        name: "--\(prefix)reward_column or --\(prefix)advantage_column",
        meaning: "the column whose missing values are to be skipped")
    }
  }

  private func validateProducts() throws {
    if index.skipIndex, index.skipPreconditioners {
      throw ConfigurationError.conflict(
        "--skip_index", "--skip_preconditioners", reason: "nothing would be left to compute")
    }
    if command == .preconditioners, index.skipPreconditioners {
      throw ConfigurationError.conflict(
        "`preconditioners`", "--skip_preconditioners", reason: "nothing would be left to compute")
    }
  }

  private func validateProjection() throws {
    if index.projectionVersion == 1, index.projectionType == .normal {
      throw ConfigurationError.conflict(
        "--projection_version 1", "--projection_type normal",
        reason: "version 1 exists for rademacher only; use version 2")
    }
  }

  private func validateNormalizers() throws {
    let sources: [(flag: String, isGiven: Bool)] = [
      ("--processor_path", !index.processorPath.isEmpty), ("--optimizer_state", !index.optimizerState.isEmpty),
      ("--normalizer", index.normalizer != .none),
    ]
    let given = sources.filter(\.isGiven).map(\.flag)
    if given.count > 1 {
      throw ConfigurationError.conflict(given[0], given[1], reason: "each says which normalizers there are")
    }
    if let flag = given.first, command == .hessian || command == .ekfac, hessian.method.kronecker != nil {
      throw ConfigurationError.conflict(
        flag, "--method \(hessian.method.rawValue)",
        reason: "Kronecker factors are of gradients that are not normalised")
    }
    if index.normalizer == .none, index.statsSeed != IndexConfig().statsSeed {
      throw ConfigurationError.missing(name: "--normalizer", meaning: "what is fitted on the documents of --stats_seed")
    }
  }

  private func validateLoss() throws {
    guard index.lossFunction != .crossEntropy else { return }
    let name = "--loss_fn \(index.lossFunction.rawValue)"
    if index.labelSmoothing > 0 {
      throw ConfigurationError.conflict(
        name, "--label_smoothing", reason: "it is the target of the cross-entropy that is smoothed")
    }
    guard command == .hessian || command == .ekfac, hessian.method.kronecker != nil else { return }
    if index.lossFunction == .divergenceFromBase {
      throw ConfigurationError.conflict(
        name, "--method \(hessian.method.rawValue)", reason: "Kronecker factors are of the loss of labels")
    }
    if !hessian.useDatasetLabels {
      throw ConfigurationError.conflict(
        name, "--use_dataset_labels false",
        reason: "labels drawn from the model give the Fisher information of the cross-entropy alone")
    }
  }

  private func validateBlocks() throws {
    let attention = index.attention
    let saysHeads = attention.numHeads > 0 || attention.headSize > 0
    if index.splitAttentionModules.isEmpty, saysHeads || attention.headDim != 0 {
      throw ConfigurationError.missing(
        name: "--split_attention_modules", meaning: "the modules that have the heads of --attention")
    }
    if !index.splitAttentionModules.isEmpty, !saysHeads {
      throw ConfigurationError.missing(
        name: "--attention.num_heads or --attention.head_size", meaning: "the heads of --split_attention_modules")
    }
    if command == .hessian || command == .ekfac, hessian.method.kronecker != nil {
      for (flag, isGiven) in [
        ("--split_attention_modules", saysHeads),
        // The queries that `ekfac` has transformed are sketched as the documents are.
        ("--reshape_to_square", index.reshapeToSquare && command == .hessian),
      ] where isGiven {
        throw ConfigurationError.conflict(
          "--method \(hessian.method.rawValue)", flag, reason: "Kronecker factors are of whole gradients of modules")
      }
    }
    if index.reshapeToSquare, index.projectionDim == 0 {
      throw ConfigurationError.conflict(
        "--reshape_to_square", "--projection_dim 0", reason: "it is for the projection that gradients take a shape")
    }
    if index.reshapeToSquare, index.projectionTarget == .global {
      throw ConfigurationError.conflict(
        "--reshape_to_square", "--projection_target global",
        reason: "it sketches the entries in a row, whatever their shape was")
    }
    if command == .score, !score.modules.isEmpty, index.projectionTarget == .global, index.projectionDim > 0 {
      throw ConfigurationError.conflict(
        "--score_cfg.modules", "--projection_target global",
        reason: "a sketch of all modules cannot be taken apart; build the queries with --modules")
    }
  }

  private func validateAggregation() throws {
    guard command.sections.contains(.preprocess), preprocess.aggregation == .none else { return }
    if command == .reduce {
      throw ConfigurationError.conflict(
        "`reduce`", "--aggregation none", reason: "`reduce` makes one row of all; use mean or sum, or `build`")
    }
    if preprocess.normalizeAggregatedGradient {
      throw ConfigurationError.conflict(
        "--normalize_aggregated_grad", "--aggregation none",
        reason: "there would be no aggregated gradient to normalize")
    }
  }

  private func validateTokens() throws {
    guard index.attributeTokens else { return }
    if command == .reduce || (command == .build && preprocess.aggregation != .none) {
      throw ConfigurationError.conflict(
        "--attribute_tokens", command == .reduce ? "`reduce`" : "--aggregation \(preprocess.aggregation.rawValue)",
        reason: "one row of all has no rows of tokens")
    }
    if command == .trackstar {
      throw ConfigurationError.conflict(
        "--attribute_tokens", "`trackstar`",
        reason: "it would store a row for every token; afterwards, `score` with --query_path RUN_PATH/query, "
          + "--preconditioner_path RUN_PATH/mixed_hessian and --attribute_tokens scores tokens")
    }
    if command == .hessian, hessian.method != .autocorrelation {
      throw ConfigurationError.conflict(
        "--attribute_tokens", "--method \(hessian.method.rawValue)",
        reason: "Kronecker factors are sums over tokens already; only the autocorrelation is of rows")
    }
  }

  private func validateHessian() throws {
    try validateCurvature()
    if preprocess.eigenvalueCorrection, preprocess.preconditionerPath == nil {
      throw ConfigurationError.missing(
        name: "--preconditioner_path", meaning: "the Hessian whose corrected eigenvalues --ev_correction takes")
    }
    if preprocess.eigenvalueCorrection, preprocess.inversionConfig.inversion == .factoredTikhonov {
      throw ConfigurationError.conflict(
        "--ev_correction", "--inversion factored_tikhonov",
        reason: "corrected eigenvalues are no products of the factors'")
    }
  }

  /// What means nothing to a method is refused rather than passed over.
  private func validateCurvature() throws {
    guard command == .hessian || command == .ekfac else { return }
    let plain = HessianConfig()
    if hessian.method == .autocorrelation {
      let kronecker: [(flag: String, isGiven: Bool, reason: String)] = [
        ("--ev_correction", hessian.eigenvalueCorrection, "only Kronecker factors have eigenvalues to correct"),
        ("--hessian_dtype", hessian.precision != plain.precision, "the autocorrelation is stored in float64"),
        ("--label_seed", hessian.labelSeed != plain.labelSeed, "its gradients are of the data's labels"),
        (
          "--module_partitions", hessian.modulePartitions != plain.modulePartitions,
          "its modules are fitted in one pass"
        ),
      ]
      for (flag, isGiven, reason) in kronecker where isGiven {
        throw ConfigurationError.conflict("--method autocorrelation", flag, reason: reason)
      }
    }
    if hessian.useDatasetLabels, hessian.labelSeed != plain.labelSeed {
      throw ConfigurationError.conflict(
        "--use_dataset_labels", "--label_seed", reason: "labels of the data are not drawn")
    }
  }

  private func validatePipeline() throws {
    guard command == .trackstar || command == .ekfac else { return }
    if index.skipIndex || index.skipPreconditioners {
      throw ConfigurationError.conflict(
        "`\(command.rawValue)`", index.skipIndex ? "--skip_index" : "--skip_preconditioners",
        reason: "scores need both")
    }
    if !index.dropColumns {
      throw ConfigurationError.conflict(
        "`\(command.rawValue)`", "--no_drop_columns", reason: "no data set is stored beside the scores")
    }
    if index.overwrite, command == .trackstar ? trackstar.resume : hessianPipeline.resume {
      throw ConfigurationError.conflict(
        "--overwrite", "--resume", reason: "a run is either begun anew or gone on with")
    }
    if command == .trackstar {
      try validateTrackstar()
    } else {
      try validateFactors()
    }
  }

  private func validateTrackstar() throws {
    if index.projectionDim == 0 {
      throw ConfigurationError.conflict(
        "`trackstar`", "--projection_dim 0",
        reason: "the autocorrelation of a module's whole gradients is a matrix of the square of its size; "
          + "for whole gradients there is `ekfac`")
    }
    let plain = TrackstarConfig()
    if !trackstar.mixHessians, trackstar.targetDownweightComponents != plain.targetDownweightComponents {
      throw ConfigurationError.conflict(
        "--no_mix_hessians", "--target_downweight_components", reason: "it is the mixture that downweights them")
    }
    if trackstar.preprocess.normalizeAggregatedGradient, trackstar.query.aggregation == .none {
      throw ConfigurationError.conflict(
        "--normalize_aggregated_grad", "--query.aggregation none",
        reason: "there would be no aggregated gradient to normalize")
    }
  }

  private func validateFactors() throws {
    if hessian.method == .autocorrelation {
      throw ConfigurationError.conflict(
        "`ekfac`", "--method autocorrelation", reason: "it has no Kronecker factors; `trackstar` preconditions by it")
    }
    if hessian.eigenvalueCorrection, hessianPipeline.inversionConfig.inversion == .factoredTikhonov {
      throw ConfigurationError.conflict(
        "--ev_correction", "--inversion factored_tikhonov",
        reason: "corrected eigenvalues are no products of the factors'")
    }
  }

  private func validateCandidates() throws {
    let candidates = score.candidates
    let limits = (candidates.topK > 0 ? 1 : 0) + (candidates.fraction > 0 ? 1 : 0)
    if limits == 2 {
      throw ConfigurationError.conflict(
        "--candidates.top_k", "--candidates.fraction", reason: "give the number of candidates one way")
    }
    if candidates.scores.isEmpty, limits > 0 {
      throw ConfigurationError.missing(
        name: "--candidates.scores", meaning: "the score run whose first documents are the candidates")
    }
    if !candidates.scores.isEmpty, limits == 0 {
      throw ConfigurationError.missing(
        name: "--candidates.top_k or --candidates.fraction", meaning: "how many documents to take from the score run")
    }
  }
}

extension RunStep.SectionName {
  /// The flag that sets a dotted key of the section: `--data.split`, `--damping_factor`, `--score_cfg.precision`.
  func flag(for key: String) -> String {
    switch (self, key) {
    // The index section has settings of the same name, and `score` takes both sections.
    case (.score, "precision"), (.score, "modules"): "--score_cfg.\(key)"
    case (.trackstar, "score_cfg.precision"), (.trackstar, "score_cfg.modules"): "--\(key)"
    case (_, "hessian_path"): "--preconditioner_path"
    default:
      "--"
        + ["inversion_cfg.", "preprocess_cfg.", "score_cfg."].reduce(key) { $0.replacing($1, with: "") }
    }
  }
}
