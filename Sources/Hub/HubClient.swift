/// Brings files of a repository into the cache: from the hub, or from what the cache has where the hub is not asked.
package import Engine
import Foundation

/// How far the download of a file is.
package struct HubProgress: Sendable, Equatable {
  package let file: String
  package let bytes: Int
  /// Nil where the hub does not say.
  package let total: Int?
}

package struct HubClient: Sendable {
  package let environment: HubEnvironment
  private let transfer: HTTPTransfer
  private let progress: @Sendable (HubProgress) -> Void
  private let tell: @Sendable (String) -> Void

  /// - Parameters:
  ///   - tell: hears what a user should know, such as that the hub was not reached and the cache is used.
  package init(
    _ environment: HubEnvironment, progress: @escaping @Sendable (HubProgress) -> Void = { _ in },
    tell: @escaping @Sendable (String) -> Void = { _ in }, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.environment = environment
    self.progress = progress
    self.tell = tell
    transfer = HTTPTransfer(endpoint: environment.endpoint, token: environment.token, isCancelled: isCancelled)
  }

  /// The files that `choosing` picks, at the commit that a revision is now.
  ///
  /// Where the hub cannot be reached and the cache knows the revision, the cache is used, as in Python.
  ///
  /// - Throws: `HubError`, `FileError`, `CancellationError`, and what `choosing` throws.
  package func fetch(
    _ repository: HubRepository, revision: String = "main", choosing: (RepositoryFiles) throws -> [String]
  ) throws -> ResolvedRepository {
    guard RepositoryInformation.isSafe(revision) else { throw HubError.badRevision(revision) }
    let cache = HubCache(root: environment.cache, repository: repository)
    if environment.isOffline {
      return try cached(cache, revision, reason: "HF_HUB_OFFLINE forbids to download it; unset it", choosing)
    }
    // A commit whose files are known is never asked for again.
    if RepositoryInformation.isCommit(revision), let files = try cache.listedFiles(at: revision) {
      return try brought(cache, revision, files, choosing)
    }
    let information: RepositoryInformation
    do {
      information = try self.information(repository, revision)
    } catch let error as HubError {
      guard case .noNetwork(let url, let reason) = error else { throw error }
      guard try cache.commit(of: revision) != nil else {
        throw HubError.unreachable(repository, url: url, reason: reason)
      }
      tell("\(url) cannot be reached (\(reason)); using the cache")
      return try cached(cache, revision, reason: "\(url) cannot be reached: \(reason)", choosing)
    }
    try cache.remember(revision, is: information.commit)
    do {
      try cache.remember(information)
    } catch {
      // A cache that others fill may be read-only, and what it has is good without the list.
      tell("the list of files of the \(repository) cannot be kept: \(error)")
    }
    return try brought(cache, information.commit, information.files, choosing)
  }

  // MARK: From the cache

  private func cached(
    _ cache: HubCache, _ revision: String, reason: String, _ choosing: (RepositoryFiles) throws -> [String]
  ) throws -> ResolvedRepository {
    func missing(_ file: String?) -> HubError {
      HubError.notCached(
        cache.repository, revision: revision, file: file, cache: cache.root.path, reason: reason)
    }
    guard let commit = try cache.commit(of: revision), let present = try cache.files(at: commit) else {
      throw missing(nil)
    }
    // Which file belongs to which split depends on all of a data set's files; of a model any part may do.
    let listed = cache.repository.kind == .dataset ? try cache.listedFiles(at: commit) : nil
    func place(_ name: String) throws -> URL {
      guard cache.isPresent(name, at: commit) else { throw missing(name) }
      return cache.snapshot(commit).appending(path: name)
    }
    let chosen = try choosing(
      RepositoryFiles(names: listed ?? present, isComplete: listed != nil, fetch: place))
    for name in chosen { _ = try place(name) }
    return ResolvedRepository(directory: cache.snapshot(commit), commit: commit, files: chosen)
  }

  // MARK: From the hub

  private func brought(
    _ cache: HubCache, _ commit: String, _ names: [String], _ choosing: (RepositoryFiles) throws -> [String]
  ) throws -> ResolvedRepository {
    let known = Set(names)
    let chosen = try choosing(RepositoryFiles(names: names) { try bring($0, known, commit, into: cache) })
    for name in chosen { _ = try bring(name, known, commit, into: cache) }
    return ResolvedRepository(directory: cache.snapshot(commit), commit: commit, files: chosen)
  }

  private func information(_ repository: HubRepository, _ revision: String) throws -> RepositoryInformation {
    let url = try repository.informationURL(revision: revision, endpoint: environment.endpoint)
    let body = AnswerBody(url: url)
    let answer = try reaching(url) { try transfer.send("GET", url, receive: body.append) }
    if let refusal = refusal(answer, repository, unknown: .unknownRevision(repository, revision: revision)) {
      throw refusal
    }
    return try RepositoryInformation(body.bytes, of: repository, source: url.absoluteString)
  }

  private func bring(_ name: String, _ known: Set<String>, _ commit: String, into cache: HubCache) throws -> URL {
    let repository = cache.repository
    let place = cache.snapshot(commit).appending(path: name)
    // A name that the hub did not list may come from a file of the repository, which is nobody's to trust.
    guard known.contains(name) else { throw HubError.unknownFile(repository, file: name, commit: commit) }
    if cache.isPresent(name, at: commit) { return place }
    let url = try repository.fileURL(name, commit: commit, endpoint: environment.endpoint)
    // The head comes from the hub itself; the store that it redirects to knows neither commit nor checksum.
    let head = try reaching(url) { try transfer.send("HEAD", url, followsHosts: false) }
    let unknown = HubError.unknownFile(repository, file: name, commit: commit)
    if let refusal = refusal(head, repository, unknown: unknown) { throw refusal }
    let etag = head["X-Linked-Etag"] ?? head["ETag"] ?? ""
    guard let digest = BlobDigest(etag: etag) else { throw HubError.unverifiable(file: name, etag: etag) }
    let size = (head["X-Linked-Size"] ?? (head.location == nil ? head["Content-Length"] : nil)).flatMap { Int($0) }
    try cache.locked(digest, isCancelled: transfer.isCancelled) {
      let blob = cache.blob(digest)
      guard !FileManager.default.fileExists(atPath: blob.path) else { return }
      let incomplete = cache.incomplete(digest)
      try BlobDownload(
        name: name, url: url, digest: digest, size: size, file: incomplete, transfer: transfer, progress: progress
      ).run()
      guard rename(incomplete.path, blob.path) == 0 else { throw FileError("rename", incomplete) }
    }
    try cache.link(name, at: commit, to: digest)
    return place
  }

  private func reaching(_ url: URL, _ body: () throws -> HTTPAnswer) throws -> HTTPAnswer {
    do {
      return try body()
    } catch let failure as TransferFailure {
      throw HubError.noNetwork(url: url.absoluteString, reason: failure.reason)
    }
  }

  /// What an answer's status means, nil where it is good. The hub hides repositories that the token may not see: it says
  /// 401 of those that do not exist, too.
  private func refusal(_ answer: HTTPAnswer, _ repository: HubRepository, unknown: HubError) -> HubError? {
    let endpoint = environment.endpoint.absoluteString
    let hasToken = environment.token != nil
    switch (answer.status, answer["X-Error-Code"]) {
    case (200..<400, _): return nil
    case (_, "GatedRepo"), (403, _): return .gated(repository, endpoint: endpoint, hasToken: hasToken)
    case (404, "RevisionNotFound"), (404, "EntryNotFound"): return unknown
    case (401, _), (404, _): return .unknownRepository(repository, endpoint: endpoint, hasToken: hasToken)
    default: return .status(answer.status, url: answer.url.absoluteString)
    }
  }
}
