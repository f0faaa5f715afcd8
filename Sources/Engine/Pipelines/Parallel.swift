import Dispatch
import Foundation
import Synchronization

/// Work spread over threads that the operating system schedules; there is no pool to share and nothing to await, since
/// numerical work is never idle.
package enum Parallel {
  /// Threads that a run uses if it is not told: one per core that the process may use.
  package static var defaultWorkers: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Runs `body` for every worker number at once and returns when all are done; the first error is thrown, but a worker
  /// that only stopped because another had failed does not hide why.
  package static func run(workers: Int, _ body: @Sendable (_ worker: Int) throws -> Void) throws {
    precondition(workers >= 1)
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      do {
        try body(worker)
      } catch {
        failure.withLock { if $0 == nil || $0 is CancellationError { $0 = error } }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// The results of `transform` in the order of the elements, or the error of the first that fails.
  package static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], workers: Int, _ transform: @Sendable (Element) throws -> Result
  ) throws -> [Result] {
    let next = Atomic(0)
    let results = Mutex([Result?](repeating: nil, count: elements.count))
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    try run(workers: max(1, min(workers, elements.count))) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < elements.count else { return }
        do {
          let result = try transform(elements[index])
          results.withLock { $0[index] = result }
        } catch {
          // Elements before this one have been taken; the first that fails is the one to name, whoever had it.
          failure.withLock { if index < $0?.index ?? .max { $0 = (index, error) } }
          next.store(elements.count, ordering: .relaxed)
        }
      }
    }
    if let (_, error) = failure.withLock({ $0 }) { throw error }
    return results.withLock { $0.compactMap { $0 } }
  }
}

/// Lets numbered pieces of work pass one at a time and in order, whichever thread brings them. A piece that failed
/// abandons the turnstile, so that nobody waits for it.
package final class Turnstile: @unchecked Sendable {
  private let condition = NSCondition()
  private var next = 0
  private var abandoned = false

  package init() {}

  /// Waits until all pieces before `index` have passed, then runs `body`.
  ///
  /// - Parameter isLast: whether the piece has passed with this; a piece may come in several parts, in their order.
  package func perform(_ index: Int, isLast: Bool = true, _ body: () throws -> Void) throws {
    condition.lock()
    defer { condition.unlock() }
    while next < index && !abandoned { condition.wait() }
    guard !abandoned else { throw CancellationError() }
    try body()
    guard isLast else { return }
    next = index + 1
    condition.broadcast()
  }

  package func abandon() {
    condition.lock()
    abandoned = true
    condition.broadcast()
    condition.unlock()
  }
}
