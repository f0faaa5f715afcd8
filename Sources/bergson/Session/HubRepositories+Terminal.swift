/// The hub as a command reaches it: by the variables of its environment, with its progress on the terminal.
import Engine
import Foundation
import Hub

extension HubRepositories {
  /// For a run, which ends its record when a signal comes.
  init(_ bar: RunProgressBar, tell: @escaping @Sendable (String) -> Void) {
    self.init(
      variables: ProcessInfo.processInfo.environment, progress: { bar.update($0) }, tell: tell,
      isCancelled: { SignalTrap.isInterrupted })
  }

  /// Lets `body` fetch what a command needs that makes no run. A signal ends such a command at once; the next download
  /// goes on where this one was.
  static func using<Result>(_ body: (HubRepositories) throws -> Result) throws -> Result {
    let bar = RunProgressBar(verbosity: .normal)
    defer { bar.clear() }
    return try body(
      HubRepositories(bar) { line in
        bar.clear()
        Console.tell(line + "\n")
      })
  }
}
