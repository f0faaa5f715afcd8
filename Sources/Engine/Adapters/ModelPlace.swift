package import Foundation

/// Where the parts of a model lie that `--model` names: a base model, and over it perhaps an adapter.
package struct ModelPlace: Sendable {
  /// What has config.json and weights.
  package let base: ResolvedRepository
  package let adapter: AdapterOrigin?

  /// Finds the parts of a model.
  ///
  /// A directory or repository with an `adapter_config.json` is an adapter. Its base model is looked for as PEFT does, by
  /// a path from the working directory or on the hub, and beside the adapter, where both were moved together.
  ///
  /// - Parameters:
  ///   - revision: of the repository that is named; of the base model's, where an adapter in a directory is named.
  ///   - arguments: of a fresh adapter (`--peft_init_kwargs`); empty for none.
  /// - Throws: `AdapterError`, `ModelConfigurationError`, `ModelError`, and what the repositories throw.
  package init(
    _ reference: String, revision: String?, arguments: String = "", _ repositories: any Repositories
  ) throws {
    let isLocalAdapter = Self.isAdapter(URL(fileURLWithPath: reference))
    let named =
      isLocalAdapter
      ? ResolvedRepository(directory: URL(fileURLWithPath: reference))
      : try repositories.model(reference, revision: revision)
    guard Self.isAdapter(named.directory) else {
      base = named
      adapter = arguments.isEmpty ? nil : .fresh(try AdapterArguments(arguments))
      return
    }
    guard arguments.isEmpty else { throw AdapterError.freshOverAdapter(directory: named.directory.path) }
    let file = named.directory.appendingPathComponent(Self.configurationName)
    let configuration = try LoRAConfiguration(ModelConfiguration(file: file))
    base = try Self.base(
      of: configuration, in: named.directory, revision: isLocalAdapter ? revision : nil, repositories.model)
    if Self.isAdapter(base.directory) {
      throw AdapterError.baseIsAdapter(source: configuration.source, base: base.directory.path)
    }
    adapter = .saved(configuration, named)
  }

  static let configurationName = "adapter_config.json"

  private static func isAdapter(_ directory: URL) -> Bool {
    FileManager.default.fileExists(atPath: directory.appendingPathComponent(configurationName).path)
  }

  private static func base(
    of configuration: LoRAConfiguration, in directory: URL, revision: String?,
    _ find: (_ reference: String, _ revision: String?) throws -> ResolvedRepository
  ) throws -> ResolvedRepository {
    guard let reference = configuration.baseModel, !reference.isEmpty else {
      throw AdapterError.noBaseModel(source: configuration.source)
    }
    let beside = directory.standardizedFileURL.deletingLastPathComponent().appendingPathComponent(reference).path
    let candidates = reference.hasPrefix("/") ? [reference] : [reference, beside]
    let found = candidates.first(where: FileManager.default.fileExists)
    do {
      // The revision that an adapter records is one of a repository; a directory has none.
      return try find(found ?? reference, revision ?? (found == nil ? configuration.baseRevision : nil))
    } catch ModelError.noDirectory, RepositoryError.noTokenizer {
      throw AdapterError.baseNotFound(source: configuration.source, reference: reference, looked: candidates)
    }
  }

  // MARK: Tokenizers

  /// Where the tokenizer of the adapter is, which comes before the base model's; nil where it has none.
  package var adapterTokenizer: URL? {
    guard case .saved(_, let repository)? = adapter, Self.hasTokenizer(repository.directory) else { return nil }
    return repository.directory
  }

  /// Where the tokenizer of a model or an adapter is, whose weights need not be here.
  ///
  /// - Throws: as `init`.
  package static func tokenizer(_ reference: String, revision: String?, _ repositories: any Repositories) throws -> URL
  {
    // As in `init`: a directory with an adapter has no revision, but its base model may.
    let isLocal = isAdapter(URL(fileURLWithPath: reference))
    let named = try repositories.tokenizer(reference, revision: isLocal ? nil : revision).directory
    guard isAdapter(named), !hasTokenizer(named) else { return named }
    let configuration = try LoRAConfiguration(
      ModelConfiguration(file: named.appendingPathComponent(configurationName)))
    return try base(of: configuration, in: named, revision: isLocal ? revision : nil, repositories.tokenizer).directory
  }

  private static func hasTokenizer(_ directory: URL) -> Bool {
    FileManager.default.fileExists(atPath: directory.appendingPathComponent("tokenizer.json").path)
  }
}

/// Where an adapter comes from.
package enum AdapterOrigin: Sendable {
  /// A directory with `adapter_config.json`.
  case saved(LoRAConfiguration, ResolvedRepository)
  case fresh(AdapterArguments)

  /// The directory of a saved adapter.
  package var path: String? {
    if case .saved(_, let repository) = self { repository.directory.standardizedFileURL.path } else { nil }
  }

  package var commit: String? {
    if case .saved(_, let repository) = self { repository.commit } else { nil }
  }

  /// - Parameter architecture: of the base model, as its config.json calls it.
  /// - Throws: `AdapterError`, and the errors of the files' formats.
  func open(architecture: String) throws -> LoRAAdapter {
    switch self {
    case .saved(let configuration, let repository):
      try LoRAAdapter(configuration, directory: repository.directory, architecture: architecture)
    case .fresh(let arguments): try LoRAAdapter(fresh: arguments, architecture: architecture)
    }
  }
}
