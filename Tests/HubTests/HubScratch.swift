/// A loopback hub and an empty cache, for one test.
import Engine
import Foundation
import LoopbackHub
import Testing

@testable import Hub

struct HubScratch {
  static let commit = "0123456789abcdef0123456789abcdef01234567"
  let hub: LoopbackHub
  let cache: URL

  @discardableResult static func with<Result>(
    _ repositories: [LoopbackHub.Repository], cuts: [String: [Int]] = [:], _ body: (HubScratch) throws -> Result
  ) throws -> Result {
    let cache = FileManager.default.temporaryDirectory.appending(path: "bergson-hub-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
    let hub = try LoopbackHub(repositories, cuts: cuts)
    defer {
      hub.stop()
      try? FileManager.default.removeItem(at: cache)
    }
    return try body(HubScratch(hub: hub, cache: cache))
  }

  func environment(token: String? = nil, isOffline: Bool = false) throws -> HubEnvironment {
    HubEnvironment(
      endpoint: try #require(URL(string: hub.endpoint)), cache: cache, token: token, isOffline: isOffline)
  }

  func fetch(
    _ id: String = "owner/tiny", revision: String = "main", token: String? = nil, isOffline: Bool = false,
    files: [String]? = nil
  ) throws -> ResolvedRepository {
    try fetch(id, of: .model, revision: revision, token: token, isOffline: isOffline) { files ?? $0.names }
  }

  func fetch(
    _ id: String, of kind: HubRepository.Kind, revision: String = "main", token: String? = nil, isOffline: Bool = false,
    choosing: (RepositoryFiles) throws -> [String]
  ) throws -> ResolvedRepository {
    try HubClient(environment(token: token, isOffline: isOffline)).fetch(
      HubRepository(kind, id), revision: revision, choosing: choosing)
  }

  func names(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: cache.appending(path: path).path).sorted()
  }
}

extension LoopbackHub.File {
  /// A file in git: its checksum is that of `git hash-object`.
  static let greeting = LoopbackHub.File(
    "sub/greeting.txt", Array("hello world\n".utf8), etag: "3b18e512dba79e4c8300dd08aeb37f8e728b8dad")

  static let empty = LoopbackHub.File("empty.txt", [], etag: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")

  /// A large file.
  static let weights = weights(etag: Digest.sha256(weightBytes).hex)

  static func weights(etag: String) -> LoopbackHub.File {
    LoopbackHub.File("weights.bin", weightBytes, etag: etag, isLarge: true)
  }

  private static let weightBytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
}

extension LoopbackHub.Repository {
  static let tiny = LoopbackHub.Repository(
    "owner/tiny", commit: HubScratch.commit, revisions: ["main", "refs/pr/1"], files: [.greeting, .empty, .weights])
}
