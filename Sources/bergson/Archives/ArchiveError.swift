/// What is wrong with an archive of a run.
enum ArchiveError: Error, Equatable, CustomStringConvertible {
  case notAnArchive(path: String, reason: String)
  case truncated(path: String)
  /// A name that would leave the directory, or that a terminal would not show as it is.
  case unsafeName(path: String, name: String)
  /// A link, a device or another thing that no run has.
  case notAFile(path: String, name: String)
  case newer(path: String, format: Int)
  /// A file that the archive's list does not have, has with other bytes, or has and that does not come.
  case notAsListed(path: String, name: String)
  case noRoom(path: String, needed: Int, free: Int)

  var description: String {
    switch self {
    case .notAnArchive(let path, let reason):
      "'\(path)' is no archive of 'bergson runs export': \(reason)"
    case .truncated(let path):
      "'\(path)' ends too early; copy it again"
    case .unsafeName(let path, let name):
      "'\(path)' has a file named '\(name.debugDescription.dropFirst().dropLast())', which no run has; nothing was imported"
    case .notAFile(let path, let name):
      "'\(path)' has something named '\(name)' that is no file; nothing was imported"
    case .newer(let path, let format):
      "'\(path)' has format \(format) of a newer bergson; update bergson"
    case .notAsListed(let path, let name):
      "'\(path)' is damaged: '\(name)' is not as its list of files says; nothing was imported"
    case .noRoom(let path, let needed, let free):
      "the run needs \(Format.bytes(needed)) at '\(path)', where \(Format.bytes(free)) are free; choose another --run_path"
    }
  }
}
