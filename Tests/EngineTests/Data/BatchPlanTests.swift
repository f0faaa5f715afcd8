import Foundation
import Testing

@testable import Engine

struct BatchPlanTests {
  private struct Case: Decodable {
    var lengths: [Int32]
    var tokenBudget: Int
    var maxBatchSize: Int?
    var batches: [[Int]]

    enum CodingKeys: String, CodingKey {
      case lengths
      case tokenBudget = "token_batch_size"
      case maxBatchSize = "max_batch_size"
      case batches
    }
  }

  /// What releases 0.9.1 and 2.5.1 of the Python tool make of these lengths.
  @Test(arguments: ["batches_v1.json", "batches_v2.json"])
  func referenceBatchesAreThoseOfThePythonTool(file: String) throws {
    let data = try Data(contentsOf: checkpointFixture("data", file))
    for test in try JSONDecoder().decode([Case].self, from: data) {
      let plan = BatchPlan.reference(
        lengths: test.lengths, tokenBudget: test.tokenBudget, maxBatchSize: test.maxBatchSize)
      #expect(Array(plan) == test.batches)
    }
  }

  private let lengths: [Int32] = [5, 0, 12, 3, 3, 1, 40, 2, 12, 7, 3]

  @Test func raggedBatchesAreFilledBySums() {
    #expect(
      Array(BatchPlan.ragged(lengths: lengths, tokenBudget: 24)) == [[6], [2, 8], [9, 0, 3, 4, 10, 7]],
      "the document of 40 tokens stands alone, those of 0 and 1 are dropped")
    #expect(
      Array(BatchPlan.ragged(lengths: lengths, tokenBudget: 24, maxBatchSize: 3)) == [
        [6], [2, 8], [9, 0, 3], [4, 10, 7],
      ])
  }

  @Test(arguments: [1, 7, 64, 1000], [1, 3, nil] as [Int?])
  func everyDocumentIsInOneBatchWithinTheBounds(budget: Int, maxBatchSize: Int?) {
    let lengths = (0..<200).map { Int32($0 * 37 % 61) }
    for (plan, isPadded) in [
      (BatchPlan.reference(lengths: lengths, tokenBudget: budget, maxBatchSize: maxBatchSize), true),
      (BatchPlan.ragged(lengths: lengths, tokenBudget: budget, maxBatchSize: maxBatchSize), false),
    ] {
      #expect(plan.documentCount == plan.joined().count)
      #expect(plan.joined().sorted() == lengths.indices.filter { lengths[$0] >= 2 })
      for batch in plan {
        let sizes = batch.map { Int(lengths[$0]) }
        #expect(sizes == sizes.sorted(by: >))
        #expect(batch.count <= maxBatchSize ?? .max)
        let tokens = isPadded ? sizes[0] * batch.count : sizes.reduce(0, +)
        #expect(tokens <= budget || batch.count == 1)
      }
    }
  }

  @Test func nothingGivesNoBatches() {
    #expect(BatchPlan.reference(lengths: [], tokenBudget: 8).isEmpty)
    #expect(BatchPlan.ragged(lengths: [0, 1], tokenBudget: 8).isEmpty)
  }
}
