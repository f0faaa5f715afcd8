/// What the hub's API says about a repository, as `huggingface_hub` asks for it.
import Engine
package import Foundation

/// What a request wants to know of a repository.
struct Question {
  enum Subject: Equatable {
    case information
    /// The files below a folder, empty for all.
    case tree(folder: String)
    case file(String)
  }

  let revision: String
  let subject: Subject

  /// nil for what is about something else. A revision without escapes has no slash.
  init?(_ request: HTTPRequest, of repository: LoopbackHub.Repository) {
    let path = request.target.prefix { $0 != "?" }
    let api = "/api/" + (repository.path.hasPrefix("datasets/") ? "" : "models/") + repository.path
    func parts(behind prefix: String) -> (revision: String, rest: String)? {
      guard path.hasPrefix(prefix) else { return nil }
      let parts = path.dropFirst(prefix.count).split(separator: "/", maxSplits: 1).map(String.init)
      guard let revision = parts.first?.removingPercentEncoding,
        let rest = (parts.count > 1 ? parts[1] : "").removingPercentEncoding
      else { return nil }
      return (revision, rest)
    }
    if path == api {
      (revision, subject) = (repository.revisions[0], .information)
    } else if let found = parts(behind: api + "/revision/"), found.rest.isEmpty {
      (revision, subject) = (found.revision, .information)
    } else if let found = parts(behind: api + "/tree/") {
      (revision, subject) = (found.revision, .tree(folder: found.rest))
    } else if let found = parts(behind: "/\(repository.path)/resolve/") {
      (revision, subject) = (found.revision, .file(found.rest))
    } else {
      return nil
    }
  }
}

extension LoopbackHub.Repository {
  private var id: String { path.hasPrefix("datasets/") ? String(path.dropFirst("datasets/".count)) : path }

  var information: String {
    let siblings = files.map { #"{"rfilename": "\#($0.name)"}"# }.joined(separator: ", ")
    return #"{"id": "\#(id)", "sha": "\#(commit)", "private": false, "tags": [], "downloads": 0, "likes": 0, "#
      + #""siblings": [\#(siblings)]}"#
  }

  /// Files and folders, all levels of them: callers ask for all levels or pick theirs.
  func tree(below folder: String) -> HTTPReply {
    let prefix = folder.isEmpty ? "" : folder + "/"
    let found = files.filter { $0.name.hasPrefix(prefix) }
    guard folder.isEmpty || !found.isEmpty else {
      return HTTPReply(404, ["X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit])
    }
    let folders = Set(
      found.flatMap { file in
        let words = file.name.dropFirst(prefix.count).split(separator: "/").dropLast()
        return words.indices.map { prefix + words[...$0].joined(separator: "/") }
      })
    let entries =
      folders.sorted().map { #"{"type": "directory", "oid": "\#(commit)", "size": 0, "path": "\#($0)"}"# }
      + found.map { file in
        let start = #"{"type": "file", "size": \#(file.bytes.count), "path": "\#(file.name)", "oid": "\#(file.etag)""#
        let large = #", "lfs": {"oid": "\#(file.etag)", "size": \#(file.bytes.count), "pointerSize": 134}}"#
        return start + (file.isLarge ? large : "}")
      }
    return HTTPReply(json: "[\(entries.joined(separator: ", "))]")
  }

  /// The files below a folder, all of them large.
  package init(
    _ path: String, commit: String, revisions: [String] = ["main"], access: LoopbackHub.Access = .open, folder: URL
  ) throws {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted().filter { name in
      var isDirectory: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: folder.appending(path: name).path, isDirectory: &isDirectory)
      return !isDirectory.boolValue
    }
    let files = try names.map { name in
      let file = folder.appending(path: name)
      return LoopbackHub.File(
        name, Array(try Data(contentsOf: file)), etag: try Digest.sha256(of: file).hex, isLarge: true)
    }
    self.init(path, commit: commit, revisions: revisions, access: access, files: files)
  }
}
