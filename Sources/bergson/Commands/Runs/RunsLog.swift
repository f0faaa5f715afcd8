/// `bergson runs log`: what a run said.
import ArgumentParser
import Catalog
import Foundation

struct RunsLog: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Print what a run said, with the times at which it did.")

  @OptionGroup var target: RunArgument

  @Option(name: .customLong("tail"), help: ArgumentHelp("Only the last lines (default: all)", valueName: "lines"))
  var tail: Int?

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func validate() throws {
    if let tail, tail < 1 { throw ValidationError("--tail: found \(tail), expected an integer, at least 1") }
  }

  func run() throws {
    let catalog = try global.existingCatalog()
    let run = try target.record(in: catalog)
    guard let lines = try RunLogFile.lines(of: run, in: catalog) else { throw RunHasNoLog(runID: run.id) }
    let console = Console(verbosity: global.verbosity)
    for line in lines.suffix(tail ?? lines.count) { try console.result(line) }
  }
}

enum RunLogFile {
  /// - Returns: Nil where there is no log: runs before logs were kept, and adopted ones, have none.
  static func lines(of run: RunRecord, in catalog: RunCatalog) throws -> [String]? {
    do {
      let text = String(decoding: try Data(contentsOf: catalog.log(of: run.id)), as: UTF8.self)
      return text.split(separator: "\n").map(String.init)
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      return nil
    }
  }
}

struct RunHasNoLog: Error, Equatable, CustomStringConvertible {
  let runID: String

  var description: String {
    "run \(runID) has no log: it was adopted, imported without one, or made before logs were kept"
  }
}
