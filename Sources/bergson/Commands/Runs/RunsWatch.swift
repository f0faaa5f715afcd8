/// `bergson runs watch`: what runs say while they work, until they have ended.
import ArgumentParser
import Catalog
import Foundation

struct RunsWatch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Print what running runs say, until they have ended.",
    discussion: "Of the runs that are named, else of all that are running. Fails if one of them does not finish.")

  @Argument(help: ArgumentHelp("Names, ids (or their beginnings) or paths of runs.", valueName: "RUN"))
  var wanted: [String] = []

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  private static let pause: UInt32 = 200_000

  func run() throws {
    SignalTrap.install()
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    var waiting =
      try wanted.isEmpty
      ? catalog.list(RunQuery(where: "state = running", sortedBy: "created")).entries.map(\.run)
      : wanted.map { try catalog.run(matching: $0, workingDirectory: .currentDirectory()) }
    var shown: [String: Int] = [:]
    var unfinished = 0
    while !waiting.isEmpty {
      try catalog.noteCrashes()
      // States first: what a run says before it ends is in its log by then.
      let states = try waiting.map { try catalog.details(of: $0.id).run.state() }
      for run in waiting {
        let lines = try RunLogFile.lines(of: run, in: catalog) ?? []
        for line in lines.dropFirst(shown[run.id] ?? 0) { try console.result("\(run.id) \(line)") }
        shown[run.id] = lines.count
      }
      for (run, state) in zip(waiting, states) where state != .running {
        try console.result("\(run.id) \(state.rawValue)")
        if state != .finished { unfinished += 1 }
      }
      waiting = zip(waiting, states).filter { $0.1 == .running }.map(\.0)
      if !waiting.isEmpty { usleep(Self.pause) }
      try SignalTrap.check()
    }
    if unfinished > 0 { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}
