/// The hub's API over files in memory: what a client asks before and while it downloads, and the ways in which it fails.
import Foundation
import Synchronization

package final class LoopbackHub: Sendable {
  package struct File: Sendable {
    package let name: String
    package let bytes: [UInt8]
    /// What the hub says that the file's checksum is: SHA-256, or git's SHA-1.
    package let etag: String
    /// Large files lie in a store on another host (here: another port), which the hub redirects to.
    package let isLarge: Bool

    package init(_ name: String, _ bytes: [UInt8], etag: String, isLarge: Bool = false) {
      self.name = name
      self.bytes = bytes
      self.etag = etag
      self.isLarge = isLarge
    }
  }

  package enum Access: Sendable { case open, gated, tokenOnly(String) }

  package struct Repository: Sendable {
    /// `EleutherAI/pythia-14m`, or `datasets/NeelNanda/pile-10k`.
    package let path: String
    package let commit: String
    package let revisions: [String]
    package let access: Access
    package let files: [File]

    package init(
      _ path: String, commit: String, revisions: [String] = ["main"], access: Access = .open, files: [File]
    ) {
      self.path = path
      self.commit = commit
      self.revisions = revisions
      self.access = access
      self.files = files
    }
  }

  private let hub: HTTPServer
  private let store: HTTPServer
  private let cuts: Cuts

  /// - Parameter cuts: how many bytes of a file's body are sent before the connection breaks, once for each entry.
  package init(_ repositories: [Repository], cuts: [String: [Int]] = [:]) throws {
    let pending = Cuts(cuts)
    let store = try HTTPServer { request in
      let path = String(request.target.dropFirst())
      for file in repositories.flatMap(\.files) where file.etag == path {
        return Self.body(of: file, request, pending)
      }
      return HTTPReply(404)
    }
    self.cuts = pending
    self.store = store
    hub = try HTTPServer { request in
      for repository in repositories {
        if let reply = Self.answer(request, repository, pending, storePort: store.port) { return reply }
      }
      // As the hub does for strangers, who are not to learn what exists.
      return request.headers["authorization"] == nil
        ? HTTPReply(401, ["X-Error-Code": "RepoNotFound"]) : HTTPReply(404, ["X-Error-Code": "RepoNotFound"])
    }
  }

  package var endpoint: String { "http://127.0.0.1:\(hub.port)" }
  package var hubRequests: [HTTPRequest] { hub.requests }
  package var storeRequests: [HTTPRequest] { store.requests }

  package func stop() {
    hub.stop()
    store.stop()
  }

  private static func answer(
    _ request: HTTPRequest, _ repository: Repository, _ cuts: Cuts, storePort: UInt16
  ) -> HTTPReply? {
    guard let question = Question(request, of: repository) else { return nil }
    switch repository.access {
    case .open: break
    case .gated: return HTTPReply(403, ["X-Error-Code": "GatedRepo"])
    case .tokenOnly(let token) where request.headers["authorization"] == "Bearer \(token)": break
    case .tokenOnly: return HTTPReply(401, ["X-Error-Code": "RepoNotFound"])
    }
    guard (repository.revisions + [repository.commit]).contains(question.revision) else {
      return HTTPReply(404, ["X-Error-Code": "RevisionNotFound"])
    }
    switch question.subject {
    case .information: return HTTPReply(json: repository.information)
    case .tree(let folder): return repository.tree(below: folder)
    case .file(let name): return answer(request, name, repository, cuts, storePort: storePort)
    }
  }

  private static func answer(
    _ request: HTTPRequest, _ name: String, _ repository: Repository, _ cuts: Cuts, storePort: UInt16
  ) -> HTTPReply {
    guard let file = repository.files.first(where: { $0.name == name }) else {
      return HTTPReply(404, ["X-Error-Code": "EntryNotFound", "X-Repo-Commit": repository.commit])
    }
    guard file.isLarge else {
      var reply = body(of: file, request, cuts)
      reply.headers["X-Repo-Commit"] = repository.commit
      return reply
    }
    return HTTPReply(
      302,
      [
        "Location": "http://127.0.0.1:\(storePort)/\(file.etag)", "X-Repo-Commit": repository.commit,
        "X-Linked-Etag": "\"\(file.etag)\"", "X-Linked-Size": String(file.bytes.count), "ETag": "\"of-the-redirect\"",
      ])
  }

  private static func body(of file: File, _ request: HTTPRequest, _ cuts: Cuts) -> HTTPReply {
    let start = request.headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } ?? 0
    guard start == 0 || start < file.bytes.count else { return HTTPReply(416) }
    var headers = ["ETag": "\"\(file.etag)\"", "Accept-Ranges": "bytes"]
    if start > 0 { headers["Content-Range"] = "bytes \(start)-\(file.bytes.count - 1)/\(file.bytes.count)" }
    return HTTPReply(
      start > 0 ? 206 : 200, headers, body: Array(file.bytes[start...]),
      cutAfter: request.method == "GET" ? cuts.next(file.name) : nil)
  }
}

/// The connections that are still to break.
private final class Cuts: Sendable {
  private let pending: Mutex<[String: [Int]]>

  init(_ pending: [String: [Int]]) {
    self.pending = Mutex(pending)
  }

  func next(_ name: String) -> Int? {
    pending.withLock { pending in
      guard var list = pending[name], !list.isEmpty else { return nil }
      let first = list.removeFirst()
      pending[name] = list
      return first
    }
  }
}
