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
      of: configuration, in: named.directory, revision: isLocalAdapter ? revision : nil, repositories)
    adapter = .saved(configuration, named)
  }

  static let configurationName = "adapter_config.json"

  private static func isAdapter(_ directory: URL) -> Bool {
    FileManager.default.fileExists(atPath: directory.appendingPathComponent(configurationName).path)
  }

  private static func base(
    of configuration: LoRAConfiguration, in directory: URL, revision: String?, _ repositories: any Repositories
  ) throws -> ResolvedRepository {
    guard let reference = configuration.baseModel, !reference.isEmpty else {
      throw AdapterError.noBaseModel(source: configuration.source)
    }
    let beside = directory.standardizedFileURL.deletingLastPathComponent().appendingPathComponent(reference).path
    let candidates = reference.hasPrefix("/") ? [reference] : [reference, beside]
    let found = candidates.first(where: FileManager.default.fileExists)
    do {
      // The revision that an adapter records is one of a repository; a directory has none.
      let base = try repositories.model(
        found ?? reference, revision: revision ?? (found == nil ? configuration.baseRevision : nil))
      if isAdapter(base.directory) {
        throw AdapterError.baseIsAdapter(source: configuration.source, base: base.directory.path)
      }
      return base
    } catch ModelError.noDirectory {
      throw AdapterError.baseNotFound(source: configuration.source, reference: reference, looked: candidates)
    }
  }

  /// Where the tokenizer is: with the adapter, if it has one, else with the base model.
  package var tokenizer: URL {
    if case .saved(_, let repository)? = adapter {
      let file = repository.directory.appendingPathComponent("tokenizer.json")
      if FileManager.default.fileExists(atPath: file.path) { return repository.directory }
    }
    return base.directory
  }
}

/// Where an adapter comes from.
package enum AdapterOrigin: Sendable {
  /// A directory with `adapter_config.json`.
  case saved(LoRAConfiguration, ResolvedRepository)
  case fresh(AdapterArguments)

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
