import Synchronization
import Testing

@testable import Engine

struct ParallelTests {
  private struct Broken: Error, Equatable { let item: Int }

  @Test(arguments: [1, 2, 5], [0, 1, 3, 100]) func resultsComeInTheOrderOfTheElements(workers: Int, count: Int) throws {
    let elements = Array(0..<count)
    #expect(try Parallel.map(elements, workers: workers) { $0 * $0 } == elements.map { $0 * $0 })
  }

  @Test func theErrorOfAnElementComesOut() {
    #expect(throws: Broken(item: 7)) {
      try Parallel.map(Array(0..<20), workers: 2) { if $0 == 7 { throw Broken(item: 7) } }
    }
  }

  @Test func aWorkerThatOnlyStoppedDoesNotHideWhyTheOtherFailed() {
    for failing in 0..<2 {
      #expect(throws: Broken(item: 1)) {
        try Parallel.run(workers: 2) { worker in
          if worker == failing { throw Broken(item: 1) }
          throw CancellationError()
        }
      }
    }
  }

  @Test func piecesPassTheTurnstileInOrderWhoeverBringsThem() throws {
    let turnstile = Turnstile()
    let next = Atomic(0)
    let passed = Mutex<[Int]>([])
    try Parallel.run(workers: 2) { _ in
      while true {
        let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard piece < 200 else { return }
        try turnstile.perform(piece) { passed.withLock { $0.append(piece) } }
      }
    }
    #expect(passed.withLock { $0 } == Array(0..<200))
  }

  @Test(.timeLimit(.minutes(1))) func partsOfAPieceStayTogether() throws {
    let turnstile = Turnstile()
    let passed = Mutex<[Int]>([])
    try Parallel.run(workers: 2) { worker in
      for part in 0..<50 {
        try turnstile.perform(worker, isLast: part == 49) { passed.withLock { $0.append(worker) } }
      }
    }
    #expect(passed.withLock { $0 } == [Int](repeating: 0, count: 50) + [Int](repeating: 1, count: 50))
  }

  @Test(.timeLimit(.minutes(1))) func nobodyWaitsForAnAbandonedPiece() {
    let turnstile = Turnstile()
    turnstile.abandon()
    #expect(throws: CancellationError.self) { try turnstile.perform(1) {} }
  }
}
