/// `bergson runs repair`: puts straight what crashes and other hands have left.
import ArgumentParser
import Catalog
import Engine
import Foundation

struct RunsRepair: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Complete interrupted deletions, forget missing files, check the catalog.",
    discussion: """
      Removes what crashed runs left under RUN_PATH.part, completes garbage collections, lets the catalog forget \
      artifacts whose files are gone, and checks the file itself.
      """)

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    let problems = try catalog.integrityProblems()
    guard problems.isEmpty else { throw CatalogUnsound(path: catalog.path, problems: problems) }
    for run in try catalog.list(RunQuery(where: "state = crashed", includingRemoved: true)).entries.map(\.run) {
      guard let path = run.path, FileManager.default.fileExists(atPath: path + ".part") else { continue }
      do {
        try RunDirectory(at: URL(filePath: path), overwrite: true).discard()
        try console.result("removed \(path).part, which run \(run.id) left")
      } catch let error as RunDirectoryError {
        console.story("\(error)")
      }
    }
    for artifact in try catalog.forgetMissingArtifacts(where: { try ArtifactCheck.size(of: $0.path) == nil }) {
      try console.result("forgot \(artifact.path), which is gone")
    }
    try DeletionReport(console).follow { try catalog.completeDeletions(progress: $0) }
    try catalog.tidy()
    console.story("the catalog '\(catalog.path)' is sound")
  }
}

struct CatalogUnsound: Error, Equatable, CustomStringConvertible {
  let path: String
  let problems: [String]

  var description: String {
    "the catalog '\(path)' is damaged: \(problems.prefix(5).joined(separator: "; ")); save what is left with "
      + "'sqlite3 \(path) .recover'"
  }
}
