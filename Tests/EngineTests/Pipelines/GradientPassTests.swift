import Foundation
import Synchronization
import Testing

@testable import Engine

struct GradientPassTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  private struct Broken: Error, Equatable {}

  /// Fails at one batch, whoever brings it.
  private struct FailingSink: GradientSink {
    let batch: Int

    func consume(_ batch: GradientBatch) throws { if batch.index == self.batch { throw Broken() } }
  }

  private func pass(_ inputs: CollectionInputs) -> GradientPass { inputs.pass(maximumDocuments: 1) }

  @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 3], [1, 2])
  func aSinkThatThrowsStopsEveryWorkerAndItsErrorComesOut(batch: Int, workers: Int) throws {
    let inputs = try CollectionInputs(fixture.configuration("run") { $0.workers = workers }, RunContext())
    // The other worker waits for the failed batch in this sink, which wants batches in order.
    let inOrder = AggregationSink(
      width: inputs.recipe.rowWidth, transform: RowTransform(preconditioner: nil, unitNormalize: false))
    #expect(throws: Broken()) {
      _ = try pass(inputs).run(RunContext(), stage: "test", sinks: [FailingSink(batch: batch), inOrder])
    }
  }

  @Test func everyBatchReachesEverySinkOnce() throws {
    final class Counter: GradientSink {
      let rows = Mutex<[Int]>([])
      func consume(_ batch: GradientBatch) throws { rows.withLock { $0 += batch.documents } }
    }
    let inputs = try CollectionInputs(fixture.configuration("run"), RunContext())
    let (one, other) = (Counter(), Counter())
    let summary = try pass(inputs).run(RunContext(), stage: "test", sinks: [one, other])
    for counter in [one, other] { #expect(counter.rows.withLock { $0.sorted() } == Array(0..<inputs.tokens.count)) }
    #expect(summary.documents == inputs.tokens.count && summary.tokens == inputs.tokens.tokenCount)
    #expect(summary.losses.allSatisfy { $0 > 0 } && summary.skipped.isEmpty && summary.nonFiniteRows.isEmpty)
  }

  @Test func progressEndsWithAllDocuments() throws {
    let seen = Mutex<[RunProgress]>([])
    let context = RunContext(progress: { progress in seen.withLock { $0.append(progress) } })
    let inputs = try CollectionInputs(fixture.configuration("run"), context)
    let pass = pass(inputs)
    _ = try pass.run(context, stage: "gradients", sinks: [])
    let progress = seen.withLock { $0 }
    #expect(progress.count == pass.plan.count)
    #expect(progress.map(\.completed).max() == inputs.tokens.count)
    #expect(progress.allSatisfy { $0.total == inputs.tokens.count && $0.stage == "gradients" })
  }
}
