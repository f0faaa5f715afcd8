/// `bergson runs export` and `import`: a run as one file, from one catalog to another.
import ArgumentParser
import Catalog
import Engine
import Foundation

struct RunsExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a run with its files into one .tar.zst file.")

  @OptionGroup var target: RunArgument

  @Option(
    name: [.customLong("output"), .customShort("o")],
    help: ArgumentHelp("The file (default: ID.tar.zst)", valueName: "file"))
  var output: String?

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    let run = try target.record(in: catalog)
    let url = URL(fileURLWithPath: output ?? run.id + ".tar.zst")
    if FileManager.default.fileExists(atPath: url.path) { throw ExportExists(path: url.path) }
    try RunArchive.write(catalog.export(run.id), log: catalog.log(of: run.id), to: url)
    try Console(verbosity: global.verbosity).result(url.path)
  }
}

struct RunsImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Enter a run that was exported, under its own id, with its files.")

  @Argument(help: ArgumentHelp("A file of `runs export`.", valueName: "FILE.tar.zst"))
  var file: String

  @Option(
    name: .customLong("run_path"),
    help: ArgumentHelp("Where to put its files (default: the last part of its path, here)", valueName: "path"))
  var runPath: String?

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let url = URL(fileURLWithPath: file)
    let (archive, reader) = try RunArchive.open(url)
    let catalog = try RunCatalog.open(at: global.catalogURL())
    let run = archive.run.details.run
    if try catalog.has(run.id) { throw RunCatalogError.runExists(runID: run.id) }
    let name = runPath ?? run.path.map { URL(filePath: $0).lastPathComponent } ?? run.id
    let directory = try RunDirectory(at: URL(fileURLWithPath: name))
    let log = catalog.log(of: run.id)
    let logPart = log.appendingPathExtension("part")
    do {
      try Self.checkRoom(for: try archive.totalBytes, at: directory.url)
      if archive.log != nil {
        try FileManager.default.createDirectory(at: log.deletingLastPathComponent(), withIntermediateDirectories: true)
      }
      try archive.unpack(reader, from: url, into: directory.url, log: logPart)
      if archive.files.isEmpty { try directory.discard() } else { try directory.complete() }
    } catch {
      // What the import failed with matters more than what is left under `.part`, which the next one empties.
      try? directory.discard()
      unlink(logPart.path)
      throw error
    }
    do {
      let entered = try catalog.enter(archive.run, at: archive.files.isEmpty ? nil : directory.finalURL.path)
      if archive.log != nil, rename(logPart.path, log.path) != 0 { throw FileError("rename", logPart) }
      let console = Console(verbosity: global.verbosity)
      if run.name != entered.name { console.warning("the name '\(run.name ?? "")' is taken here; the run has none") }
      try console.result(entered.path ?? entered.id)
    } catch let error as RunCatalogError {
      // Without its row nobody would know of the directory.
      try FileTree.remove(directory.finalURL.path)
      unlink(logPart.path)
      throw error
    }
  }

  private static func checkRoom(for bytes: Int, at url: URL) throws {
    var status = statvfs()
    guard statvfs(url.path, &status) == 0 else { throw FileError("examine", url) }
    let free = Int(
      clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    if bytes > free { throw ArchiveError.noRoom(path: url.path, needed: bytes, free: free) }
  }
}

struct ExportExists: Error, Equatable, CustomStringConvertible {
  let path: String

  var description: String { "'\(path)' already exists; choose another file with --output" }
}
