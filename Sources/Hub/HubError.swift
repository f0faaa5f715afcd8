/// What keeps a repository from being here. Every message says what can be done about it.
package enum HubError: Error, Equatable {
  // Asking.
  case badEndpoint(String)
  case badID(String)
  case badRevision(String)

  // What the hub answers.
  case unknownRepository(HubRepository, endpoint: String, hasToken: Bool)
  case gated(HubRepository, endpoint: String, hasToken: Bool)
  case unknownRevision(HubRepository, revision: String)
  case unknownFile(HubRepository, file: String, commit: String)
  case status(Int, url: String)
  case malformedAnswer(source: String, reason: String)
  case unsafeName(HubRepository, name: String)
  case tooManyRedirects(url: String)

  // The way there.
  case unreachable(HubRepository, url: String, reason: String)
  case noNetwork(url: String, reason: String)
  case interrupted(file: String, received: Int, total: Int?, reason: String)

  // What arrives.
  case unverifiable(file: String, etag: String)
  case wrongSize(file: String, found: Int, expected: Int)
  case wrongDigest(file: String, found: String, expected: String)
  case diskFull(path: String, needed: Int?)

  // The cache.
  case notCached(HubRepository, revision: String, file: String?, cache: String, reason: String)
}

extension HubError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .badEndpoint(let text): "'\(text)' is no address of a hub; HF_ENDPOINT takes one as https://host"
    case .badID(let id): "'\(id)' is not the id of a repository, expected OWNER/NAME"
    case .badRevision(let text): "'\(text)' cannot be a revision; give a branch, a tag or a commit"
    case .unknownRepository(let repository, let endpoint, let hasToken):
      "\(endpoint) has no \(repository) that "
        + (hasToken
          ? "your token may read, and there is no such path here; check the name, and whose token it is"
          : "everyone may read, and there is no such path here; check the name, or give a token in HF_TOKEN if it is private")
    case .gated(let repository, let endpoint, let hasToken):
      "the \(repository) is gated: accept its conditions on its page at \(endpoint)"
        + (hasToken ? " with the account of your token" : ", then give that account's token in HF_TOKEN")
    case .unknownRevision(let repository, let revision):
      "the \(repository) has no revision '\(revision)'; give one of its branches, tags or commits"
    case .unknownFile(let repository, let file, let commit):
      "the \(repository) has no file '\(file)' at \(commit); was it changed just now? Try again"
    case .status(let status, let url): "\(url) answers with status \(status); try again later"
    case .malformedAnswer(let source, let reason):
      source.hasPrefix("http")
        ? "the answer of \(source) is not one of the hub's: \(reason); is HF_ENDPOINT right?"
        : "'\(source)' is damaged: \(reason); delete it"
    case .unsafeName(let repository, let name):
      "the \(repository) lists a file '\(name)', whose name would leave the cache; nothing of it is downloaded"
    case .tooManyRedirects(let url): "\(url) redirects too often; is HF_ENDPOINT right?"
    case .unreachable(let repository, let url, let reason):
      "there is no path '\(repository.id)' here, and \(url) cannot be reached to ask for a \(repository.kind.rawValue) of that "
        + "name: \(reason); check the path, or the network"
    case .noNetwork(let url, let reason):
      "\(url) cannot be reached: \(reason); check the network, or set HF_HUB_OFFLINE=1 to use only what was downloaded"
    case .interrupted(let file, let received, let total, let reason):
      "the download of '\(file)' broke off after \(received)\(total.map { " of \($0)" } ?? "") bytes: \(reason); "
        + "run the command again to go on from there"
    case .unverifiable(let file, let etag):
      "'\(file)' comes with the checksum '\(etag)', expected 40 (git) or 64 (SHA-256) hexadecimal digits; "
        + "is HF_ENDPOINT a hub?"
    case .wrongSize(let file, let found, let expected):
      "'\(file)' arrived with \(found) bytes, expected \(expected); what came is deleted, run the command again"
    case .wrongDigest(let file, let found, let expected):
      "'\(file)' arrived with checksum \(found), expected \(expected); what came is deleted, run the command again"
    case .diskFull(let path, let needed):
      "no room on the disk for '\(path)'\(needed.map { " (\($0) bytes)" } ?? ""); "
        + "free some, or point HF_HUB_CACHE at another disk"
    case .notCached(let repository, let revision, let file, let cache, let reason):
      "\(file.map { "the file '\($0)' of the \(repository)" } ?? "the \(repository)") at '\(revision)' is not in the cache "
        + "'\(cache)', and \(reason)"
    }
  }
}
