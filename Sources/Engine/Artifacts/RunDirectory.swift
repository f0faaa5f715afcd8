/// A run's directory, visible under its final name only when it is complete.
///
/// Work happens in `<path>.part`; `complete()` flushes every file to the disk and renames. The rename is the completion
/// record: after a crash at any instant there is a complete directory under the final name or none, and what lies in
/// `.part` is junk that the next run over the same path replaces. With `overwrite`, the earlier run is moved to
/// `<path>.replaced` and removed only after the new one has the name; a crash between the two renames is repaired by the
/// next `RunDirectory` at this path.
///
/// A lock (`flock` on `.lock` inside) tells junk from a directory that somebody is still writing: the kernel drops it
/// with the process, so a stale lock cannot exist.
package import Foundation

package enum RunDirectoryError: Error, Equatable, CustomStringConvertible {
  case exists(path: String)
  case notADirectory(path: String)
  case inUse(path: String, holder: String)
  case complete(path: String)
  /// The `.part` directory is no longer the one that was locked: someone removed or replaced it by hand.
  case taken(path: String)

  package var description: String {
    switch self {
    case .exists(let path):
      "'\(path)' already exists; choose another path or pass --overwrite to replace it"
    case .notADirectory(let path):
      "'\(path)' is a file, expected a directory or nothing; choose another path"
    case .inUse(let path, let holder):
      "'\(path)' is being written by \(holder); wait for it to end or choose another path"
    case .complete(let path):
      "'\(path)' is complete, so there is nothing to resume; leave --resume away, and pass --overwrite to make it anew"
    case .taken(let path):
      "'\(path)' was removed or replaced while this run was writing to it; run again"
    }
  }
}

package final class RunDirectory: Sendable {
  /// Where the directory will be once complete.
  package let finalURL: URL
  /// Where to write meanwhile: `<final path>.part`.
  package let url: URL
  private let replacedURL: URL
  private let overwrite: Bool
  private let lock: DirectoryLock

  /// Makes an empty `.part` and locks it. A `.part` that a crashed run left is emptied first, unless it is to be resumed.
  ///
  /// - Throws: `RunDirectoryError.exists` when the final path is taken and `overwrite` is off, `.inUse` when another
  ///   live writer holds the `.part`, `.complete` when there is nothing to resume, `FileError` for what the system refuses.
  package init(at path: URL, overwrite: Bool = false, resume: Bool = false) throws {
    finalURL = path.standardizedFileURL
    url = Self.sibling(of: finalURL, suffix: ".part")
    replacedURL = Self.sibling(of: finalURL, suffix: ".replaced")
    self.overwrite = overwrite
    // Before anything is made, so that a refused run leaves no trace; checked again under the lock.
    if resume, Self.exists(finalURL) { throw RunDirectoryError.complete(path: finalURL.path) }
    try Self.checkFinal(finalURL, overwrite: overwrite)
    try FileManager.default.createDirectory(at: finalURL.deletingLastPathComponent(), withIntermediateDirectories: true)
    lock = try DirectoryLock(creating: url)
    do {
      try repairInterruptedReplacement()
      try Self.checkFinal(finalURL, overwrite: overwrite)
      if !resume { try removeContents(of: url) }
    } catch {
      if !resume { try? FileManager.default.removeItem(at: url) }
      throw error
    }
  }

  /// Flushes everything to the disk and gives the directory its final name. Call once, after all writers are closed.
  package func complete() throws {
    guard lock.isStillAt(url) else { throw RunDirectoryError.taken(path: url.path) }
    try Self.checkFinal(finalURL, overwrite: overwrite)
    try Self.synchronizeTree(url)
    let replaces = Self.exists(finalURL)
    if replaces { try Self.rename(finalURL, to: replacedURL) }
    do {
      try Self.rename(url, to: finalURL)
    } catch {
      if replaces { try Self.rename(replacedURL, to: finalURL) }
      throw error
    }
    try Self.synchronize(finalURL.deletingLastPathComponent())
    try lock.removeFile(in: finalURL)
    if replaces { try FileManager.default.removeItem(at: replacedURL) }
  }

  /// Removes the `.part` directory and what is in it.
  package func discard() throws {
    guard lock.isStillAt(url) else { throw RunDirectoryError.taken(path: url.path) }
    try removeContents(of: url)
    try lock.removeFile(in: url)
    // Another writer may have made its lock file here between the two steps; then the directory is that writer's.
    if rmdir(url.path) != 0, errno != ENOTEMPTY { throw FileError("remove", url) }
  }

  private static func sibling(of url: URL, suffix: String) -> URL {
    url.deletingLastPathComponent().appendingPathComponent(url.lastPathComponent + suffix, isDirectory: true)
  }

  private static func checkFinal(_ url: URL, overwrite: Bool) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else { return }
    guard isDirectory.boolValue else { throw RunDirectoryError.notADirectory(path: url.path) }
    guard overwrite else { throw RunDirectoryError.exists(path: url.path) }
  }

  /// A crash between the two renames of a replacement left the earlier run under `.replaced` and nothing in its place;
  /// a crash after them left a copy that is no longer needed.
  private func repairInterruptedReplacement() throws {
    guard Self.exists(replacedURL) else { return }
    if Self.exists(finalURL) {
      try FileManager.default.removeItem(at: replacedURL)
    } else {
      try Self.rename(replacedURL, to: finalURL)
    }
  }

  private func removeContents(of directory: URL) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) where name != DirectoryLock.fileName
    {
      try FileManager.default.removeItem(at: directory.appendingPathComponent(name))
    }
  }

  private static func exists(_ url: URL) -> Bool { access(url.path, F_OK) == 0 }

  private static func rename(_ source: URL, to target: URL) throws {
    guard Glibc.rename(source.path, target.path) == 0 else { throw FileError("rename to '\(target.path)'", source) }
  }

  /// Flushes all files, then the directories that name them, children first.
  private static func synchronizeTree(_ directory: URL) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
      let child = directory.appendingPathComponent(name)
      var status = stat()
      guard lstat(child.path, &status) == 0 else { throw FileError("examine", child) }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try synchronizeTree(child)
      case S_IFREG: try synchronize(child)
      default: break  // A link's target is not part of the run.
      }
    }
    try synchronize(directory)
  }

  private static func synchronize(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", url) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError("flush", url) }
  }
}

/// An exclusive `flock` on a file inside a directory, for as long as the object lives.
private final class DirectoryLock: Sendable {
  static let fileName = ".lock"
  private let descriptor: Int32

  init(creating directory: URL) throws {
    let path = directory.appendingPathComponent(Self.fileName).path
    // A writer that ends between our steps takes the directory, or the lock file, away: start over.
    while true {
      guard mkdir(directory.path, 0o777) == 0 || errno == EEXIST else { throw FileError("create", directory) }
      let candidate = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      if candidate < 0 {
        if errno == ENOENT { continue }
        throw FileError("lock", directory)
      }
      guard flock(candidate, LOCK_EX | LOCK_NB) == 0 else {
        let refusal = errno
        defer { close(candidate) }
        guard refusal == EWOULDBLOCK else { throw FileError(action: "lock", path: directory.path, code: refusal) }
        throw RunDirectoryError.inUse(path: directory.path, holder: Self.holder(candidate))
      }
      if Self.isSameFile(candidate, path) {
        descriptor = candidate
        break
      }
      close(candidate)
    }
    let name = "process \(ProcessInfo.processInfo.processIdentifier)"
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, name, name.utf8.count, 0) == name.utf8.count else {
      let error = FileError("write", directory.appendingPathComponent(Self.fileName))
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  func isStillAt(_ directory: URL) -> Bool {
    Self.isSameFile(descriptor, directory.appendingPathComponent(Self.fileName).path)
  }

  func removeFile(in directory: URL) throws {
    let file = directory.appendingPathComponent(Self.fileName)
    guard unlink(file.path) == 0 else { throw FileError("remove", file) }
  }

  private static func isSameFile(_ descriptor: Int32, _ path: String) -> Bool {
    var held = stat()
    var named = stat()
    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0
      && held.st_ino == named.st_ino && held.st_dev == named.st_dev
  }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : "another process"
  }
}
