import Foundation
import Glibc

/// Files beneath a path, as several processes may be taking them away at once: what has gone meanwhile is no error.
/// Symbolic links are what they are, and are never followed.
package enum FileTree {
  /// Bytes of the files at and beneath a path; 0 where there is nothing.
  package static func bytes(at path: String) throws -> Int64 {
    var total: Int64 = 0
    try visit(path) { _, status in total += status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : 0 }
    return total
  }

  /// Removes everything at and beneath a path; nothing there is fine.
  package static func remove(_ path: String) throws {
    try visit(path) { path, status in
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      guard (isDirectory ? rmdir(path) : unlink(path)) == 0 || errno == ENOENT else {
        throw RunCatalogError.fileRefused(action: "remove", path: path, reason: String(cString: strerror(errno)))
      }
    }
  }

  /// - Returns: False where nothing was there.
  static func rename(_ path: String, to target: String) throws -> Bool {
    if Glibc.rename(path, target) == 0 { return true }
    guard errno == ENOENT else {
      throw RunCatalogError.fileRefused(action: "rename", path: path, reason: String(cString: strerror(errno)))
    }
    return false
  }

  /// Children come before their directory.
  private static func visit(_ path: String, _ body: (String, stat) throws -> Void) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw RunCatalogError.fileRefused(action: "examine", path: path, reason: String(cString: strerror(errno)))
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in try names(in: path) { try visit(path + "/" + name, body) }
    }
    try body(path, status)
  }

  private static func names(in directory: String) throws -> [String] {
    guard let stream = opendir(directory) else {
      if errno == ENOENT { return [] }
      throw RunCatalogError.fileRefused(action: "list", path: directory, reason: String(cString: strerror(errno)))
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
