/// The hub's answer about a repository at a revision: `{"sha": COMMIT, "siblings": [{"rfilename": NAME}, ...]}`.
import Engine
import Foundation

struct RepositoryInformation: Sendable, Equatable {
  let commit: String
  let files: [String]

  /// - Throws: `HubError.malformedAnswer`; `HubError.unsafeName` where a name would lead out of the cache.
  init(_ bytes: Data, of repository: HubRepository, url: URL) throws {
    let answer: JSONValue
    do {
      answer = try bytes.withUnsafeBytes { try JSONParser.parse($0) }
    } catch let error as JSONError {
      throw HubError.malformedAnswer(url: url.absoluteString, reason: "\(error)")
    }
    guard let commit = answer["sha"]?.string, Self.isCommit(commit) else {
      throw HubError.malformedAnswer(url: url.absoluteString, reason: "it has no commit 'sha'")
    }
    guard let siblings = answer["siblings"]?.array else {
      throw HubError.malformedAnswer(url: url.absoluteString, reason: "it has no list 'siblings'")
    }
    self.commit = commit
    files = try siblings.map { sibling in
      guard let name = sibling["rfilename"]?.string else {
        throw HubError.malformedAnswer(url: url.absoluteString, reason: "a file of 'siblings' has no 'rfilename'")
      }
      guard Self.isSafe(name) else { throw HubError.unsafeName(repository, name: name) }
      return name
    }
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
