/// The progress of a run's stages on one line of the terminal, from whichever thread it is told.
import Engine
import Synchronization

final class RunProgressBar: Sendable {
  private struct State {
    var stage: String
    var bar: ProgressBar
  }

  private let verbosity: Console.Verbosity
  private let state = Mutex<State?>(nil)

  init(verbosity: Console.Verbosity) {
    self.verbosity = verbosity
  }

  func update(_ progress: RunProgress) {
    state.withLock { state in
      if state?.stage != progress.stage {
        state = State(
          stage: progress.stage, bar: ProgressBar(total: progress.total, unit: "documents", verbosity: verbosity))
      }
      state?.bar.update(progress.completed)
    }
  }

  func clear() {
    state.withLock { $0?.bar.clear() }
  }
}
