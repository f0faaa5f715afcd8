import Foundation
import Testing

@testable import bergson

@Suite struct SignalTrapTests {
  /// Sends a signal to this process and waits for its handler. Not `raise`: the threads of tests block signals.
  @Sendable private static func send(_ signal: Int32, until isHandled: () -> Bool) {
    kill(getpid(), signal)
    for _ in 0..<1000 where !isHandled() { usleep(10_000) }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func theFirstSignalIsAFlag(_ signal: Int32) async {
    await #expect(processExitsWith: .exitCode(7)) { [signal] in
      SignalTrap.install()
      guard !SignalTrap.isInterrupted else { exit(1) }
      Self.send(signal) { SignalTrap.isInterrupted }
      do { try SignalTrap.check() } catch is Interrupted { exit(7) }
    }
  }

  @Test func theSecondSignalEndsTheProcess() async {
    await #expect(processExitsWith: .exitCode(130)) {
      SignalTrap.install()
      Self.send(SIGINT) { SignalTrap.isInterrupted }
      Self.send(SIGINT) { false }
    }
  }
}
