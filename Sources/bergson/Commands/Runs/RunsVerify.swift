/// `bergson runs verify`: whether files still are what runs made.
import ArgumentParser
import Catalog
import Engine
import Foundation

struct RunsVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compare the files of runs with the digests that were recorded.",
    discussion: "Reads every byte of them. Of all runs, or of those that are named.")

  @Argument(help: ArgumentHelp("Names, ids (or their beginnings) or paths of runs.", valueName: "RUN"))
  var wanted: [String] = []

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    let artifacts =
      try wanted.isEmpty
      ? catalog.liveArtifacts()
      : wanted.flatMap {
        try catalog.liveArtifacts(of: catalog.run(matching: $0, workingDirectory: .currentDirectory()).id)
      }
    var damaged = 0
    for artifact in artifacts {
      try SignalTrap.check()
      let finding = try ArtifactCheck.finding(artifact)
      if finding != .sound { damaged += 1 }
      try console.result("\(finding.rawValue)  \(artifact.kind)  \(artifact.path)")
    }
    console.story("\(artifacts.count) artifacts, \(damaged) of them not as they were made")
    if damaged > 0 { throw ArtifactsDamaged(count: damaged) }
  }
}

enum ArtifactCheck {
  enum Finding: String {
    case sound
    case missing
    /// Another size, or other bytes.
    case changed
  }

  static func finding(_ artifact: ArtifactRecord) throws -> Finding {
    guard let size = try size(of: artifact.path) else { return .missing }
    guard size == artifact.bytes else { return .changed }
    return try Digest.sha256(of: URL(filePath: artifact.path)).hex == artifact.digest ? .sound : .changed
  }

  /// - Returns: Nil where no file is.
  static func size(of path: String) throws -> Int64? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileError(action: "examine", path: path, code: errno)
    }
    return status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
  }
}

struct ArtifactsDamaged: Error, Equatable, CustomStringConvertible {
  let count: Int

  var description: String {
    "\(count) artifacts are missing or changed; 'bergson runs repair' lets the catalog forget those that are missing, and "
      + "'bergson runs rerun' makes them again"
  }
}
