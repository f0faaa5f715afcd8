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
    _ = try DatasetArguments(index.data.dataKwargs)
    try validateDocuments()
    try validateAdapter()
    try validateProducts()
    try validateProjection()
    try validateAggregation()
    try validateCandidates()
    try validateHessian()
    return self
  }

  private func validate(_ section: SectionName) throws {
    let flag = { ConfigurationError.Place.flag(section.flag(for: $0)) }
    switch section {
    case .index: try SettingTables.index.validate(index, place: flag)
    case .preprocess: try SettingTables.preprocess.validate(preprocess, place: flag)
    case .score: try SettingTables.score.validate(score, place: flag)
    case .query: try SettingTables.query.validate(query, place: flag)
    case .hessian: try SettingTables.hessian.validate(hessian, place: flag)
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
    for (name, data) in [("data", evaluation.data), ("query", evaluation.query)]
    where data.isUnknown && data != .unknown {
      throw ConfigurationError.missing(
        name: "--\(name).dataset", meaning: "the data set that the other --\(name) flags are about")
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

  private func validateDocuments() throws {
    let data = index.data
    func refuse(_ flag: String, _ setting: Bool, reason: String) throws {
      if setting { throw ConfigurationError.conflict("--chunk_length", flag, reason: reason) }
    }
    if data.chunkLength > 0 {
      let plain = "chunks are cut from plain text"
      try refuse("--truncation", data.truncation, reason: "chunks are never longer than they are to be")
      try refuse("--format_template", !data.formatTemplate.isEmpty, reason: plain)
      try refuse("--completion_column", !data.completionColumn.isEmpty, reason: plain)
      try refuse("--conversation_column", !data.conversationColumn.isEmpty, reason: plain)
      let rewards = "a chunk may have several documents, which have a reward each"
      try refuse("--reward_column", !data.rewardColumn.isEmpty, reason: rewards)
      try refuse("--advantage_column", !data.advantageColumn.isEmpty, reason: rewards)
    }
    for (flag, isGiven) in [
      ("--completion_column", !data.completionColumn.isEmpty), ("--format_template", !data.formatTemplate.isEmpty),
    ] where isGiven && !data.conversationColumn.isEmpty {
      throw ConfigurationError.conflict("--conversation_column", flag, reason: "each says what a row's document is")
    }
    if !data.completionColumn.isEmpty, !data.formatTemplate.isEmpty {
      throw ConfigurationError.conflict(
        "--completion_column", "--format_template", reason: "completions come from the template's doc_to_target")
    }
    if !data.rewardColumn.isEmpty, !data.advantageColumn.isEmpty {
      throw ConfigurationError.conflict(
        "--reward_column", "--advantage_column", reason: "advantages are either given or made of rewards")
    }
    if data.skipNaNRewards, data.rewardColumn.isEmpty, data.advantageColumn.isEmpty {
      throw ConfigurationError.missing(
        name: "--reward_column or --advantage_column", meaning: "the column whose missing values are to be skipped")
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

  private func validateAggregation() throws {
    guard preprocess.aggregation == .none else { return }
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
    guard command == .hessian else { return }
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
    case (_, "hessian_path"): "--preconditioner_path"
    default: "--" + key.replacing("inversion_cfg.", with: "")
    }
  }
}
