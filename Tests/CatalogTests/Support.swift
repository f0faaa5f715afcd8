import Catalog
import Foundation

/// A directory that is removed with the last reference to it.
final class TemporaryDirectory: Sendable {
  let url: URL

  init() throws {
    url = URL(filePath: NSTemporaryDirectory()).appending(path: "bergson-catalog-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    // Nothing can be done about a directory that will not go, and no claim of a test depends on it.
    try? FileManager.default.removeItem(at: url)
  }

  func file(_ name: String) -> URL { url.appending(path: name) }
}

extension RunRegistration {
  static func sample(command: String = "build", name: String? = nil, path: String? = nil) -> RunRegistration {
    RunRegistration(
      command: command, name: name, path: path, configYAML: "run_path: out\n",
      commandLine: ["bergson", command, "it's \"quoted\""], workingDirectory: "/data", version: "1.0",
      kernels: "Haswell", processorModel: "Some CPU", coreCount: 2)
  }
}

extension NewArtifact {
  static func sample(path: String, digest: String = "aa", key: String? = nil) -> NewArtifact {
    NewArtifact(
      kind: "index", path: path, bytes: 10, digest: digest,
      key: key.map { Key(digest: $0, ingredients: ["projection_dim": "16", "data": "d1"]) }, formatVersion: 1)
  }
}

/// The folder `Tests/Fixtures/catalog` and the repository around it.
enum Repository {
  static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
  static let fixtures = root.appending(path: "Tests/Fixtures/catalog")
}
