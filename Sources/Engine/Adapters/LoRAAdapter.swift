package import Foundation
import Synchronization

/// A LoRA adapter on its way into a model: while the base model is read, each of its parts asks here what the adapter
/// adds to it or has in its place.
///
/// Names and shapes of modules are known only while a model is read, so modules ask in the model's order; `check` says
/// afterwards whether everything that the adapter has found its place.
package final class LoRAAdapter: Sendable {
  package let configuration: LoRAConfiguration
  private let targets: LoRATargets
  private let matrices: any AdapterMatrices
  /// The adapter's file; nil for a fresh one.
  private let store: WeightStore?
  /// What a fresh adapter's numbers come from.
  private let recipe: String
  private let seen = Mutex(Seen())

  /// What has asked, in its order; names of the full model.
  private struct Seen {
    var linears: [String] = []
    var others: [String] = []
    var updates: [LowRankUpdate] = []
  }

  /// The first that is there counts.
  static let weightNames = ["adapter_model.safetensors", "adapter_model.bin"]

  /// The place of the full model inside PEFT's.
  static let prefix = "base_model.model"

  private init(
    _ configuration: LoRAConfiguration, architecture: String, matrices: any AdapterMatrices, store: WeightStore?,
    recipe: String = ""
  ) throws {
    self.configuration = configuration
    targets = try LoRATargets(configuration, architecture: architecture)
    self.matrices = matrices
    self.store = store
    self.recipe = recipe
  }

  /// The adapter that a directory holds, with `adapter_config.json` read already.
  ///
  /// - Throws: `AdapterError`, and the errors of the file's format.
  package convenience init(_ configuration: LoRAConfiguration, directory: URL, architecture: String) throws {
    let files = Self.weightNames.map { directory.appendingPathComponent($0) }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw AdapterError.noWeights(directory: directory.path)
    }
    let store = try WeightStore(file: file)
    try self.init(configuration, architecture: architecture, matrices: SavedMatrices(store), store: store)
  }

  /// A new adapter.
  ///
  /// - Throws: `AdapterError`.
  package convenience init(fresh arguments: AdapterArguments, architecture: String) throws {
    try self.init(
      arguments.configuration, architecture: architecture,
      matrices: FreshMatrices(arguments.configuration.initialization, seed: arguments.seed), store: nil,
      recipe: "\(arguments.configuration.initialization) \(arguments.seed)")
  }

  // MARK: While the model is read

  /// What is added to a linear module; nil where it is not adapted.
  ///
  /// - Throws: `AdapterError` for weights that are missing or have another shape.
  package func update(
    of module: String, outputs: Int, inputs: Int, precision: Precision
  ) throws -> LowRankUpdate? {
    seen.withLock { $0.linears.append(module) }
    guard try targets.contains(module, isLinear: true) else { return nil }
    let (rank, scale) = try targets.size(of: module)
    let (a, b, bias) = try matrices.make(
      MatrixShape(module: module, outputs: outputs, inputs: inputs, rank: rank, hasBias: configuration.hasBias))
    for values in [a, b, bias] { values?.round(to: precision) }
    let update = LowRankUpdate(
      module: module, outputs: outputs, inputs: inputs, rank: rank, scale: scale, a: a, b: b, bias: bias)
    seen.withLock { $0.updates.append(update) }
    return update
  }

  /// Notes a module that is not linear, or not among those that can be adapted.
  package func pass(_ module: String) {
    seen.withLock { $0.others.append(module) }
  }

  /// Whether the adapter has a tensor in place of one of the base model's.
  ///
  /// - Throws: `AdapterError.missing` where it should have one and has not.
  func replaces(_ tensor: String) throws -> Bool {
    guard let store else { return false }
    if store.at(Self.prefix).contains(tensor) { return true }
    guard !isSavedWhole(tensor) || configuration.tiesSavedModules else {
      throw AdapterError.missing(
        file: store.url.path, tensor: "\(Self.prefix).\(tensor)", module: tensor, key: "modules_to_save")
    }
    return false
  }

  /// The values of such a tensor; nil where the adapter has none.
  ///
  /// - Throws: `AdapterError` for another shape, and where there should be one.
  func replacement(of tensor: String, shape: [Int]) throws -> [Float]? {
    guard let store, try replaces(tensor) else { return nil }
    let place = store.at(Self.prefix)
    let found = try place.shape(of: tensor)
    guard found == shape else {
      throw AdapterError.wrongShape(
        file: store.url.path, tensor: "\(Self.prefix).\(tensor)", found: found, expected: shape)
    }
    return try place.tensor(tensor, shape: shape)
  }

  /// Whether a head that is tied to a replaced table of tokens reads the new one: always but where PEFT trains a copy of
  /// the embedding beside the old one (`modules_to_save`).
  func tiesHead(to tensor: String) -> Bool { configuration.tiesSavedModules || !isSavedWhole(tensor) }

  private func isSavedWhole(_ tensor: String) -> Bool {
    let module = tensor.prefix(upTo: tensor.lastIndex(of: ".") ?? tensor.startIndex)
    return configuration.savedModules.contains(where: module.hasSuffix)
  }

  // MARK: When the model is there

  /// - Throws: `AdapterError` where nothing is adapted, where something else than a linear module should be, and where
  ///   weights are left over.
  package func check() throws {
    let seen = seen.withLock { $0 }
    // Of `layers.0.self_attn.q_proj`, the layer and its attention are modules too.
    let containers = Set(seen.linears.flatMap(Self.containers))
    if let module = try (seen.others + containers.sorted()).first(where: { try targets.contains($0, isLinear: false) })
    {
      throw AdapterError.notLinear(source: configuration.source, module: module)
    }
    guard !seen.updates.isEmpty else {
      throw AdapterError.noTarget(
        source: configuration.source, targets: targets.description, modules: seen.linears)
    }
    if let store, !store.unused.isEmpty {
      throw AdapterError.unusedWeights(
        file: store.url.path, tensors: store.unused, modules: seen.linears)
    }
  }

  private static func containers(of module: String) -> [String] {
    let parts = module.split(separator: ".")
    return (1..<max(1, parts.count)).map { parts.prefix($0).joined(separator: ".") }
  }

  /// r, smallest and largest where modules differ.
  package var ranks: ClosedRange<Int> {
    let ranks = seen.withLock { $0.updates.map(\.rank) }
    return (ranks.min() ?? configuration.rank)...(ranks.max() ?? configuration.rank)
  }

  /// Of the base model's weights, by their digest, and everything that the adapter adds, whatever the precision of the run.
  package func digest(over base: Digest) throws -> Digest {
    var hasher = SHA256Hasher()
    hasher.update("bergson adapter 1\n\(base.hex)\n")
    hasher.update(try store?.digest().hex ?? recipe)
    for update in seen.withLock({ $0.updates }) {
      hasher.update("\n\(update.module) \(update.outputs) \(update.inputs) \(update.rank) \(update.scale)")
    }
    return hasher.finalize()
  }
}
