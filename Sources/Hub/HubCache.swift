/// The cache on disk, laid out as `huggingface_hub` does, so that either program uses what the other downloaded:
///
///     models--OWNER--NAME/blobs/CHECKSUM
///     models--OWNER--NAME/refs/REVISION                  the commit, as text
///     models--OWNER--NAME/snapshots/COMMIT/FILE          a relative link to the blob
///     models--OWNER--NAME/trees/COMMIT.json              what files there are, by `snapshot_download` of newer releases
///     models--OWNER--NAME/.bergson/COMMIT.json           the same, by this program: the hub's answer
///     .locks/models--OWNER--NAME/CHECKSUM.lock           held (flock) while the blob is downloaded
///
/// This program does not write `trees`: to the Python library that is a promise of all files, and a model whose other
/// files nobody needed would be incomplete to it.
import Engine
import Foundation

struct HubCache: Sendable {
  let root: URL
  let repository: HubRepository

  private var folder: URL { root.appending(path: repository.folder) }

  func snapshot(_ commit: String) -> URL { folder.appending(path: "snapshots/\(commit)") }

  func blob(_ digest: BlobDigest) -> URL { folder.appending(path: "blobs/\(digest.hex)") }

  func incomplete(_ digest: BlobDigest) -> URL { folder.appending(path: "blobs/\(digest.hex).incomplete") }

  /// The commit that a revision had when it was last asked for; a commit is its own.
  func commit(of revision: String) throws -> String? {
    if RepositoryInformation.isCommit(revision) { return revision }
    let reference = folder.appending(path: "refs/\(revision)")
    guard FileManager.default.fileExists(atPath: reference.path) else { return nil }
    let text = try String(contentsOf: reference, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    return RepositoryInformation.isCommit(text) ? text : nil
  }

  func remember(_ revision: String, is commit: String) throws {
    guard revision != commit, try self.commit(of: revision) != commit else { return }
    let reference = folder.appending(path: "refs/\(revision)")
    try makeFolder(of: reference)
    try Data(commit.utf8).write(to: reference, options: .atomic)
  }

  // MARK: What a repository has

  private func listing(_ commit: String) -> URL { folder.appending(path: ".bergson/\(commit).json") }

  /// Keeps the hub's answer about a commit, which never changes.
  func remember(_ information: RepositoryInformation) throws {
    let file = listing(information.commit)
    guard !FileManager.default.fileExists(atPath: file.path) else { return }
    try makeFolder(of: file)
    try information.bytes.write(to: file, options: .atomic)
  }

  /// Paths of all files that the repository has at a commit, here or not; nil where nobody left them here.
  func listedFiles(at commit: String) throws -> [String]? {
    let own = listing(commit)
    if FileManager.default.fileExists(atPath: own.path) {
      return try RepositoryInformation(Data(contentsOf: own), of: repository, source: own.path).files
    }
    let tree = folder.appending(path: "trees/\(commit).json")
    guard FileManager.default.fileExists(atPath: tree.path) else { return nil }
    return try RepositoryInformation.files(ofTree: Data(contentsOf: tree), of: repository, source: tree.path)
  }

  /// Paths of the files of a snapshot, sorted; nil where there is none.
  func files(at commit: String) throws -> [String]? {
    let snapshot = snapshot(commit)
    guard FileManager.default.fileExists(atPath: snapshot.path) else { return nil }
    return try FileManager.default.subpathsOfDirectory(atPath: snapshot.path).filter { isPresent($0, at: commit) }
      .sorted()
  }

  /// Whether a file is there, and is more than a link to a blob that is gone.
  func isPresent(_ name: String, at commit: String) -> Bool {
    var isFolder: ObjCBool = false
    let path = snapshot(commit).appending(path: name).path
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
  }

  /// Makes a file of a snapshot out of a blob.
  func link(_ name: String, at commit: String, to digest: BlobDigest) throws {
    let pointer = snapshot(commit).appending(path: name)
    try makeFolder(of: pointer)
    let depth = name.split(separator: "/").count + 1
    let target = String(repeating: "../", count: depth) + "blobs/\(digest.hex)"
    // A link made aside and moved replaces one whose blob is gone, and two processes may do it at once.
    let aside = pointer.deletingLastPathComponent().appending(path: ".\(UUID().uuidString)")
    guard symlink(target, aside.path) == 0 else { throw FileError("link", pointer) }
    guard rename(aside.path, pointer.path) == 0 else {
      let error = FileError("link", pointer)
      unlink(aside.path)
      throw error
    }
  }

  /// Runs `body` while no other process, of this program or in Python, downloads the same blob.
  func locked<Result>(
    _ digest: BlobDigest, isCancelled: () -> Bool, _ body: () throws -> Result
  ) throws -> Result {
    let file = root.appending(path: ".locks/\(repository.folder)/\(digest.hex).lock")
    try makeFolder(of: file)
    try makeFolder(of: blob(digest))
    let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("open", file) }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw FileError("lock", file) }
      if isCancelled() { throw CancellationError() }
      usleep(50_000)
    }
    return try body()
  }

  private func makeFolder(of file: URL) throws {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  }
}
