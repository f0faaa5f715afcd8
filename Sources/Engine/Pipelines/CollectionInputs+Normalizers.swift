import Foundation

extension CollectionInputs {
  /// Normalizers, what a fit of them is made of, and the file of an earlier run that the fit was taken from.
  typealias MadeNormalizers = (set: NormalizerSet, key: ArtifactKey?, file: URL?)

  /// The normalizers that the settings ask for: those of an earlier run, of an optimizer, or of this data, fitted now
  /// unless a run has fitted the same.
  ///
  /// - Throws: `NormalizerError` where they have nothing to do with this run's modules, and what reading and fitting throw.
  func makeNormalizers(_ context: RunContext) throws -> MadeNormalizers? {
    guard let made = try findNormalizers(context) else { return nil }
    let names = wholeModules
    let count = names.count { made.set.moments[$0] != nil }
    guard count > 0 else {
      throw NormalizerError.matchesNoModule(
        origin: made.set.origin, found: made.set.moments.keys.sorted(), modules: names)
    }
    context.tell("normalizers for \(count) of \(names.count) modules (\(made.set.origin))")
    return made
  }

  private func findNormalizers(_ context: RunContext) throws -> MadeNormalizers? {
    if !configuration.processorPath.isEmpty {
      return try NormalizerFiles.read(from: URL(fileURLWithPath: configuration.processorPath)).map { ($0, nil, nil) }
    }
    if !configuration.optimizerState.isEmpty {
      let state = try OptimizerState(URL(fileURLWithPath: configuration.optimizerState))
      return (try state.normalizers(of: model.model), nil, nil)
    }
    guard configuration.normalizer != .none else { return nil }
    let fit = try NormalizerFit(inputs: self)
    let product = RunOutcome.Artifact(kind: "normalizers", path: NormalizerFiles.fileName, key: fit.key)
    if let earlier = try context.earlier([product], []), let set = try NormalizerFiles.read(from: earlier.directory) {
      context.tell("normalizers: reused from \(earlier.name)")
      return (set, fit.key, earlier.files([product]).first)
    }
    return (try fit.run(context), fit.key, nil)
  }

  /// The modules of the recipe that have no normalizer, though others have.
  var modulesWithoutNormalizer: [String] {
    guard let normalizers else { return [] }
    return wholeModules.filter { normalizers.moments[$0] == nil }
  }

  /// Names of the recipe's modules, not of their heads.
  private var wholeModules: [String] { recipe.modules.map { model.model.modules[$0].name } }

  /// How many modules have a normalizer, and which have none though others have.
  func add(normalizerFactsTo outcome: inout RunOutcome) {
    guard normalizers != nil else { return }
    let without = modulesWithoutNormalizer
    outcome.metrics.append(
      RunOutcome.Metric("normalizedModules", Double(recipe.modules.count - without.count), "modules"))
    outcome.used += processorFiles
    guard !without.isEmpty else { return }
    outcome.warnings.append(
      "\(without.count) of \(recipe.modules.count) modules have no normalizer and weigh as they are: "
        + NormalizerError.some(without))
  }

  /// Writes `normalizers.safetensors` into a run directory, if there are any: whoever reads rows made with them, or makes
  /// others to compare, needs the same.
  func writeNormalizers(to directory: URL) throws -> [RunOutcome.Artifact] {
    guard let normalizers else { return [] }
    try NormalizerFiles.write(normalizers, to: directory)
    return [
      RunOutcome.Artifact(
        kind: "normalizers", path: NormalizerFiles.fileName,
        key: normalizerKey ?? ArtifactKey(kind: "normalizers", ["normalizers": normalizers.digest.hex]))
    ]
  }

  /// The autocorrelation of the run at `--processor_path`, which is taken instead of a new one; nil where there is none.
  ///
  /// - Throws: `PreconditionerError` where it is of other modules.
  func processorHessian() throws -> (hessian: AutocorrelationHessian, artifacts: [RunOutcome.Artifact])? {
    guard let file = processorHessianFile else { return nil }
    let directory = file.deletingLastPathComponent()
    let hessian = try AutocorrelationHessian(directory: directory)
    let blocks = try recipe.blocks.map { block in
      let name = AutocorrelationHessian.name(ofBlock: block.name)
      guard let found = hessian.blocks.first(where: { $0.name == name }) else {
        throw PreconditionerError.blockMissing(directory: directory.path, block: name)
      }
      guard found.matrix.order == block.size else {
        throw PreconditionerError.orderMismatch(
          directory: directory.path, block: name, order: found.matrix.order, expected: block.size)
      }
      return found
    }
    // The same matrices, whatever this run's data are.
    let key = ArtifactKey(kind: "autocorrelation", ["matrices": try Digest.sha256(of: file).hex])
    let artifacts = [AutocorrelationHessian.matrixFile, AutocorrelationHessian.eigenFile].map {
      RunOutcome.Artifact(kind: "preconditioner", path: $0, key: key)
    }
    return (AutocorrelationHessian(blocks: blocks, documentCount: hessian.documentCount), artifacts)
  }

  private var processorHessianFile: URL? {
    guard !configuration.processorPath.isEmpty else { return nil }
    let file = URL(fileURLWithPath: configuration.processorPath)
      .appendingPathComponent(AutocorrelationHessian.matrixFile)
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }

  /// Files of another run that this run's rows are made with, or its preconditioner is.
  private var processorFiles: [URL] {
    let processor = URL(fileURLWithPath: configuration.processorPath)
    let taken = configuration.processorPath.isEmpty ? [] : [NormalizerFiles.file(in: processor), processorHessianFile]
    return (taken + [earlierNormalizers]).compactMap(\.self)
  }
}
