/// The hub's answer about a repository at a revision: `{"sha": COMMIT, "siblings": [{"rfilename": NAME}, ...]}`.
import Engine
import Foundation

struct RepositoryInformation: Sendable, Equatable {
  let commit: String
  let files: [String]
  /// The answer itself.
  let bytes: Data

  /// - Parameter source: address or file that the answer comes from.
  /// - Throws: `HubError.malformedAnswer`; `HubError.unsafeName` where a name would lead out of the cache.
  init(_ bytes: Data, of repository: HubRepository, source: String) throws {
    let answer = try Self.parse(bytes, source)
    guard let commit = answer["sha"]?.string, Self.isCommit(commit) else {
      throw HubError.malformedAnswer(source: source, reason: "it has no commit 'sha'")
    }
    guard let siblings = answer["siblings"]?.array else {
      throw HubError.malformedAnswer(source: source, reason: "it has no list 'siblings'")
    }
    self.bytes = bytes
    self.commit = commit
    files = try siblings.map { sibling in
      guard let name = sibling["rfilename"]?.string else {
        throw HubError.malformedAnswer(source: source, reason: "a file of 'siblings' has no 'rfilename'")
      }
      return try Self.checked(name, of: repository)
    }
  }

  /// The files of what `snapshot_download` keeps in `trees/`: `{"format_version": 1, "files": {NAME: ...}}`; nil for
  /// another version of that format.
  static func files(ofTree bytes: Data, of repository: HubRepository, source: String) throws -> [String]? {
    let tree = try parse(bytes, source)
    guard tree["format_version"]?.integer == 1 else { return nil }
    guard let files = tree["files"]?.object else {
      throw HubError.malformedAnswer(source: source, reason: "it has no 'files'")
    }
    return try files.keys.map { try checked($0, of: repository) }
  }

  private static func parse(_ bytes: Data, _ source: String) throws -> JSONValue {
    do {
      return try bytes.withUnsafeBytes { try JSONParser.parse($0) }
    } catch let error as JSONError {
      throw HubError.malformedAnswer(source: source, reason: "\(error)")
    }
  }

  private static func checked(_ name: String, of repository: HubRepository) throws -> String {
    guard isSafe(name) else { throw HubError.unsafeName(repository, name: name) }
    return name
  }

  static func isCommit(_ text: String) -> Bool {
    text.utf8.count == 40 && Digest(hex: text) != nil
  }

  /// Whether a name, of a file or a revision, stays below the folder that it is appended to.
  static func isSafe(_ name: String) -> Bool {
    !name.isEmpty && !name.utf8.contains(0) && !name.contains("\\")
      && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
  }
}
