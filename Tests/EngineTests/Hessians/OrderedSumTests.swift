import Foundation
import Testing

@testable import Engine

@Suite struct OrderedSumTests {
  @Test func partsAreAddedInTheOrderOfTheirBatches() throws {
    // Of three numbers whose sum depends on the order, whoever comes first.
    let parts: [Float] = [1, 0x1p60, -0x1p60]
    let sum = OrderedSum(rows: 1, columns: 1)
    try Parallel.run(workers: 3) { worker in
      Thread.sleep(forTimeInterval: 0.002 * Double(3 - worker))
      try sum.add(FloatStorage([parts[worker]]).matrix(1, 1), batch: worker)
    }
    #expect(sum.take() == [0])
  }

  @Test func onlyTheUpperTriangleIsAddedWhereTheRestIsNotComputed() throws {
    let sum = OrderedSum(rows: 2, columns: 2)
    try sum.add(FloatStorage([1, 2, .nan, 3] as [Float]).matrix(2, 2), factor: 2, triangle: true, batch: 0)
    #expect(sum.take() == [2, 4, 0, 6])
  }

  @Test func nobodyWaitsForABatchThatWillNotCome() throws {
    let sum = OrderedSum(rows: 1, columns: 1)
    sum.abandon()
    #expect(throws: CancellationError.self) { try sum.add(FloatStorage([1] as [Float]).matrix(1, 1), batch: 1) }
  }
}
