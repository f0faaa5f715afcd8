/// Where models and data sets come from: directories here, or a hub that somebody else knows how to reach.
package import Foundation

/// The files of a repository at one commit, as whoever chooses among them sees them.
package struct RepositoryFiles {
  /// Paths below the repository's root, in the repository's order.
  package let names: [String]
  /// Whether these are all that the repository has. Without the hub it may not be known what else there is.
  package let isComplete: Bool
  /// Brings one of the files here and says where it is.
  package let fetch: (String) throws -> URL

  package init(names: [String], isComplete: Bool = true, fetch: @escaping (String) throws -> URL) {
    self.names = names
    self.isComplete = isComplete
    self.fetch = fetch
  }
}

/// A repository whose chosen files are on this disk.
package struct ResolvedRepository: Sendable, Equatable {
  package let directory: URL
  /// Of the hub's repository; none for a directory that is nobody's but the user's.
  package let commit: String?
  /// The chosen files, relative to the directory; empty where the user gave the directory.
  package let files: [String]

  package init(directory: URL, commit: String? = nil, files: [String] = []) {
    self.directory = directory
    self.commit = commit
    self.files = files
  }
}

package protocol Repositories: Sendable {
  /// A model's configuration, tokenizer and weights.
  ///
  /// - Parameter revision: branch, tag or commit of a hub's repository; none for its default.
  func model(_ reference: String, revision: String?) throws -> ResolvedRepository

  /// A tokenizer without the model that it may lie beside.
  func tokenizer(_ reference: String, revision: String?) throws -> ResolvedRepository

  /// The files of a data set that `choosing` picks from its list. Asked only for what is no path here.
  func dataset(
    _ reference: String, revision: String?, choosing: (RepositoryFiles) throws -> [String]
  ) throws -> ResolvedRepository
}

/// Only what is on this disk already.
package struct LocalRepositories: Repositories {
  package init() {}

  package func model(_ reference: String, revision: String?) throws -> ResolvedRepository {
    guard FileManager.default.fileExists(atPath: reference) else { throw ModelError.noDirectory(reference) }
    if let revision { throw RepositoryError.revisionOfDirectory(path: reference, revision: revision) }
    return ResolvedRepository(directory: URL(fileURLWithPath: reference))
  }

  package func tokenizer(_ reference: String, revision: String?) throws -> ResolvedRepository {
    guard FileManager.default.fileExists(atPath: reference) else { throw RepositoryError.noTokenizer(reference) }
    if let revision { throw RepositoryError.revisionOfDirectory(path: reference, revision: revision) }
    return ResolvedRepository(directory: URL(fileURLWithPath: reference))
  }

  package func dataset(
    _ reference: String, revision: String?, choosing: (RepositoryFiles) throws -> [String]
  ) throws -> ResolvedRepository {
    throw DataError.noSuchFile(path: reference)
  }
}

package enum RepositoryError: Error, Equatable, CustomStringConvertible {
  case revisionOfDirectory(path: String, revision: String)
  case revisionOfDataset(path: String, revision: String)
  case noTokenizer(String)
  case noWeights(files: [String])
  case severalModels(files: [String])

  package var description: String {
    switch self {
    case .revisionOfDirectory(let path, let revision):
      "'\(path)' is a directory here and has no revision '\(revision)'; leave --revision out, or give the id of a hub's "
        + "repository"
    case .revisionOfDataset(let path, let revision):
      "the data set '\(path)' lies here and has no revision '\(revision)'; leave --data_kwargs out, or give the id of a "
        + "hub's repository"
    case .noTokenizer(let path):
      "no directory with a tokenizer.json at '\(path)'; give one, or the id of a hub's repository as OWNER/NAME"
    case .noWeights(let files):
      "the repository has no weights as safetensors, pytorch_model.bin or GGUF; it has \(Self.list(files))"
    case .severalModels(let files):
      "the repository has \(files.count) GGUF files, each a model of its own (\(Self.list(files))); download one and "
        + "give its path"
    }
  }

  private static func list(_ files: [String]) -> String {
    files.prefix(8).joined(separator: ", ") + (files.count > 8 ? " and \(files.count - 8) more" : "")
  }
}
