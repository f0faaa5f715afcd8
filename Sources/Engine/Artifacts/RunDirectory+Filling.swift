import Foundation

extension RunDirectory {
  /// Makes a run directory, lets `body` fill it and gives it its final name; after an error nothing is left.
  package static func filling<Result>(
    _ path: String, overwrite: Bool, _ body: (RunDirectory) throws -> Result
  ) throws -> Result {
    let directory = try RunDirectory(at: URL(fileURLWithPath: path), overwrite: overwrite)
    do {
      let result = try body(directory)
      try directory.complete()
      return result
    } catch {
      // What went wrong first is what matters; a `.part` that cannot be removed is emptied by the next run.
      try? directory.discard()
      throw error
    }
  }
}

extension RunDirectory {
  /// Writes texts by the names of their files.
  func write(_ files: [String: String]) throws {
    for (name, text) in files.sorted(by: { $0.key < $1.key }) {
      try FileWriter.write(text, to: url.appendingPathComponent(name))
    }
  }
}

extension RunDirectory {
  /// Puts a file or folder of a complete run elsewhere. Files are linked, and copied where the other place is on another
  /// disk.
  ///
  /// - Throws: `FileError`; what copying throws.
  static func link(_ source: URL, to target: URL) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isFolder) else {
      throw FileError(action: "read", path: source.path, code: ENOENT)
    }
    if isFolder.boolValue {
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      for name in try FileManager.default.contentsOfDirectory(atPath: source.path) {
        try link(source.appendingPathComponent(name), to: target.appendingPathComponent(name))
      }
      return
    }
    let folder = target.deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if Glibc.link(source.path, target.path) != 0 {
      guard [EXDEV, EPERM, EMLINK, ENOTSUP].contains(errno) else { throw FileError("link", target) }
      try FileManager.default.copyItem(at: source, to: target)
    }
  }
}
