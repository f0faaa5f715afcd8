/// The progress of a run's stages on one line of the terminal, from whichever thread it is told.
import Engine
import Hub
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
    update(progress.stage, progress.completed, of: progress.total, unit: "documents")
  }

  /// Of a download; one whose size nobody knows is not shown.
  func update(_ progress: HubProgress) {
    guard let total = progress.total else { return }
    update("download \(progress.file)", progress.bytes, of: total, unit: "bytes of \(progress.file)")
  }

  private func update(_ stage: String, _ completed: Int, of total: Int, unit: String) {
    state.withLock { state in
      if state?.stage != stage {
        state = State(stage: stage, bar: ProgressBar(total: total, unit: unit, verbosity: verbosity))
      }
      state?.bar.update(completed)
    }
  }

  func clear() {
    state.withLock { $0?.bar.clear() }
  }
}
