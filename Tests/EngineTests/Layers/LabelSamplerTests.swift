import CKernels
import Foundation
import Testing

@testable import Engine

@Suite struct LabelSamplerTests {
  @Test func labelsOfTheDataNeedNoSampler() {
    #expect(LabelSampler(.data) == nil)
  }

  @Test func numbersDependOnSeedDocumentAndPositionAlone() throws {
    let sampler = try #require(LabelSampler(.sampled(seed: 7)))
    let again = try #require(LabelSampler(.sampled(seed: 7)))
    let other = try #require(LabelSampler(.sampled(seed: 8)))
    let numbers = (0..<50).flatMap { d in (0..<50).map { sampler.uniform(document: d, position: $0) } }
    #expect(numbers == (0..<50).flatMap { d in (0..<50).map { again.uniform(document: d, position: $0) } })
    #expect(Set(numbers).count == 2500 && numbers.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(sampler.uniform(document: 3, position: 4) != other.uniform(document: 3, position: 4))
    // The mean of 2500 uniform numbers has a standard deviation of 0.0058.
    let mean = numbers.reduce(0.0) { $0 + $1 / 2500 }
    #expect(abs(mean - 0.5) < 0.029)
  }

  @Test func drawsFollowTheSoftmax() throws {
    let logits: [Float] = [0, 1, -30, 2, 0.5]
    let weights = logits.map { exp(0.7 * Double($0)) }
    let sampler = try #require(LabelSampler(.sampled(seed: 1)))
    let draws = 20_000
    var counts = [Int](repeating: 0, count: 5)
    for i in 0..<draws { counts[ck_sample(logits, 5, 0.7, sampler.uniform(document: i, position: 0))] += 1 }
    let total = weights.reduce(0, +)
    for (count, weight) in zip(counts, weights) {
      let share = weight / total
      let expected = Double(draws) * share
      let deviation = (expected * (1 - share)).squareRoot()
      #expect(abs(Double(count) - expected) <= 5 * deviation + 1)
    }
  }

  @Test func theEndsOfTheRangeAreTokensThatCanBeDrawn() {
    let logits: [Float] = [-1000, 0, 0, -1000]
    #expect(ck_sample(logits, 4, 1, 0) == 1)
    #expect(ck_sample(logits, 4, 1, (1 as Double).nextDown) == 2)
  }

  /// Whatever batch a document is in, its labels are the same; positions without a label in the data keep none.
  @Test func aDocumentsDrawsDoNotDependOnItsBatch() {
    var random = RandomValues(seed: 4)
    let head = LanguageModelHead(
      linear: Linear(weight: random.storage(12 * 5), bias: nil, outputs: 12, inputs: 5))
    let hidden = random.storage(9 * 5).matrix(9, 5)
    let rows: [(document: Int, ids: [Int32], labels: [Int32])] = [
      (3, [1, 2, 3, 4, 5], [-100, -100, 3, 4, 5]), (8, [6, 7, 8, 9], [6, 7, 8, 9]),
    ]
    func gradients(_ batch: RaggedBatch, _ hidden: Matrix, _ settings: LossSettings) -> (losses: [Double], [Float]) {
      let dHidden = FloatStorage(count: hidden.rows * 5).matrix(hidden.rows, 5)
      let losses = head.forwardBackward(
        hidden: hidden, batch: batch, settings: settings, dHidden: dHidden, arena: Arena(chunkFloats: 1024))
      return (losses, dHidden.toArray())
    }
    let settings = LossSettings(labels: .sampled(seed: 5))
    let both = gradients(RaggedBatch(rows), hidden, settings)
    let first = gradients(RaggedBatch(rows.prefix(1)), hidden.rows(0..<5), settings)
    let second = gradients(RaggedBatch(rows.suffix(1)), hidden.rows(5..<9), settings)
    #expect(both.losses == first.losses + second.losses)
    #expect(both.1 == first.1 + second.1)
    // Position 0 predicts position 1, which has no label; the last position of a document predicts nothing.
    #expect(both.1[0..<5].allSatisfy { $0 == 0 } && both.1[20..<25].allSatisfy { $0 == 0 })
    #expect(both.1[5..<20].contains { $0 != 0 })

    // The root of three labels in place of three, for the gradient alone.
    let mean = gradients(RaggedBatch(rows.prefix(1)), hidden.rows(0..<5), LossSettings(reduction: .mean))
    let root = gradients(
      RaggedBatch(rows.prefix(1)), hidden.rows(0..<5), LossSettings(reduction: .mean, estimatesHessian: true))
    #expect(mean.losses == root.losses)
    let three: Float = 3
    for (a, b) in zip(mean.1, root.1) { #expect(abs(a * three.squareRoot() - b) < 1e-6) }
  }
}
