/// Models and data sets by path or by the hub's id: the engine's `Repositories` over a `HubClient`.
package import Engine
import Foundation

package struct HubRepositories: Repositories {
  /// The variables of `HubEnvironment`; looked at when the hub is needed.
  private let variables: [String: String]
  private let progress: @Sendable (HubProgress) -> Void
  private let tell: @Sendable (String) -> Void
  private let isCancelled: @Sendable () -> Bool
  private let local = LocalRepositories()

  package init(
    variables: [String: String], progress: @escaping @Sendable (HubProgress) -> Void,
    tell: @escaping @Sendable (String) -> Void, isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.variables = variables
    self.progress = progress
    self.tell = tell
    self.isCancelled = isCancelled
  }

  package func model(_ reference: String, revision: String?) throws -> ResolvedRepository {
    guard isRemote(reference) else { return try local.model(reference, revision: revision) }
    return try fetch(.model, reference, revision, choosing: ModelFiles.model)
  }

  package func tokenizer(_ reference: String, revision: String?) throws -> ResolvedRepository {
    guard isRemote(reference) else { return try local.tokenizer(reference, revision: revision) }
    return try fetch(.model, reference, revision, choosing: ModelFiles.tokenizer)
  }

  package func dataset(
    _ reference: String, revision: String?, choosing: (RepositoryFiles) throws -> [String]
  ) throws -> ResolvedRepository {
    guard isRemote(reference) else { return try local.dataset(reference, revision: revision, choosing: choosing) }
    return try fetch(.dataset, reference, revision, choosing: choosing)
  }

  /// What is here is meant, whatever the hub has of the same name.
  private func isRemote(_ reference: String) -> Bool {
    !FileManager.default.fileExists(atPath: reference) && HubRepository.isID(reference)
  }

  private func fetch(
    _ kind: HubRepository.Kind, _ id: String, _ revision: String?, choosing: (RepositoryFiles) throws -> [String]
  ) throws -> ResolvedRepository {
    let client = try HubClient(
      HubEnvironment(variables), progress: progress, tell: tell, isCancelled: isCancelled)
    return try client.fetch(HubRepository(kind, id), revision: revision ?? "main", choosing: choosing)
  }
}
