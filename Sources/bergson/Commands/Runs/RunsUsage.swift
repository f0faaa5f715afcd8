/// `bergson runs du`: what runs take up on the disk.
import ArgumentParser
import Catalog

struct RunsUsage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "du", abstract: "Show how much of the disk runs take up, the largest first.",
    discussion: "Counts the files that are there now; of several runs at one path the newest has them.")

  @Flag(name: .customLong("json"), help: "Print a JSON object.")
  var json = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  private struct Usage: Encodable {
    let id: String
    let path: String
    let bytes: Int64
    let isRemoved: Bool
    var title: String
  }

  private struct Output: Encodable {
    let runs: [Usage]
    let total: Int64
    /// Of removed runs.
    let removed: Int64
    let catalog: Int64
  }

  func run() throws {
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    var seen: Set<String> = []
    let usages = try catalog.runs().compactMap { run -> Usage? in
      guard run.status == .finished, let path = run.path, seen.insert(path).inserted else { return nil }
      let bytes = try FileTree.bytes(at: path)
      return bytes == 0
        ? nil : Usage(id: run.id, path: path, bytes: bytes, isRemoved: run.removedAt != nil, title: run.title)
    }.sorted { ($1.bytes, $0.id) < ($0.bytes, $1.id) }
    let output = Output(
      runs: usages, total: usages.reduce(0) { $0 + $1.bytes },
      removed: usages.filter(\.isRemoved).reduce(0) { $0 + $1.bytes },
      catalog: try ["", "-wal", "-shm"].reduce(0) { $0 + (try FileTree.bytes(at: catalog.path + $1)) })
    if json { return try console.result(JSONText.of(output)) }
    for usage in usages {
      try console.result("\(Format.bytes(Int(usage.bytes)))\t\(usage.title)\(usage.isRemoved ? " (removed)" : "")")
    }
    try console.result("\(Format.bytes(Int(output.total)))\tin all, \(Format.bytes(Int(output.removed))) of it removed")
    try console.result("\(Format.bytes(Int(output.catalog)))\tthe catalog")
  }
}
