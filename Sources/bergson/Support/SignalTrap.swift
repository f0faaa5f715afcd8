/// Ctrl-C and SIGTERM as a flag that pipelines poll between batches, so that a run ends with its record straight. A
/// second signal ends the process at once.
import Foundation
import Synchronization

enum SignalTrap {
  private static let count = Atomic<Int>(0)

  /// Whether a signal has come.
  static var isInterrupted: Bool { count.load(ordering: .relaxed) > 0 }

  /// Catches SIGINT and SIGTERM from now on.
  static func install() {
    // Touched here so that the handler never runs the lazy initializer: that takes a lock, which a handler must not.
    _ = isInterrupted
    for signal in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in
        if SignalTrap.count.add(1, ordering: .relaxed).newValue > 1 { _exit(ExitStatus.interrupted.rawValue) }
      }
      sigemptyset(&action.sa_mask)
      // No SA_RESTART: a read from the terminal that waits for a query returns, and its loop sees the flag.
      action.sa_flags = 0
      sigaction(signal, &action, nil)
    }
  }

  /// - Throws: `Interrupted` once a signal has come.
  static func check() throws {
    if isInterrupted { throw Interrupted() }
  }
}

/// Thrown between two batches after a signal.
struct Interrupted: Error, Equatable, CustomStringConvertible {
  var description: String { "interrupted" }
}
