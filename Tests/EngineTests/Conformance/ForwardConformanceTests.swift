import Foundation
import Testing

@testable import Engine

/// Logits and losses of the reference model, against the Python tool's in float64 where they are recorded.
struct ForwardConformanceTests {
  private struct Tokens: Decodable {
    var rows: [[Int32]]

    enum CodingKeys: String, CodingKey { case rows = "input_ids" }
  }

  private let fixture: FixtureCase
  private let model: any CausalLM
  private let rows: [[Int32]]

  init() throws {
    fixture = try FixtureSet.gptNeoX.fixtureCase("expected/forward")
    model = try LoadedModel(path: FixtureSet.gptNeoX.path("model"), precision: .fp32).model
    rows = try JSONDecoder().decode(
      Tokens.self, from: Data(contentsOf: fixture.directory.appendingPathComponent("data.json"))
    ).rows
  }

  private func batch(_ documents: [Int]) -> RaggedBatch {
    RaggedBatch(documents.map { (document: $0, ids: rows[$0], labels: rows[$0]) })
  }

  @Test(arguments: [0, 1, 5]) func logitsEqualTheReference(document: Int) throws {
    let reference = try fixture.array("logits_doc\(document).npy")
    let tolerance = try #require(try fixture.tolerance("logits"))
    // Alone, and in the midst of others.
    for documents in [[document], [7, document, 3]] {
      let batch = batch(documents)
      let arena = Arena()
      let hidden = model.hiddenStates(batch, arena: arena)
      let logits = arena.matrix(batch.tokenCount, model.vocabularySize)
      model.head.linear.forward(hidden, into: logits)
      let place = try #require(documents.firstIndex(of: document))
      let own = logits.rows(batch.positions(place)).toArray()
      let distance = Distance(own, reference.values, columns: model.vocabularySize)
      #expect(distance.isWithin(tolerance), "\(distance)")
    }
  }

  @Test func logitsEqualTheReferenceInFloat64() throws {
    let reference = try NumPyArray<Double>(
      contentsOf: fixture.directory.appendingPathComponent("logits_doc1_f64.npy"))
    let arena = Arena()
    let hidden = model.hiddenStates(batch([1]), arena: arena)
    let logits = arena.matrix(hidden.rows, model.vocabularySize)
    model.head.linear.forward(hidden, into: logits)
    let tolerance = try #require(try fixture.tolerance("logits"))
    #expect(relativeDistance(logits.toArray(), reference.values) <= Distance.factor * tolerance.rowRelative)
  }

  @Test(arguments: [LossReduction.sum, .mean]) func lossesEqualTheReferenceInFloat64(reduction: LossReduction) throws {
    let batch = batch(Array(rows.indices))
    let losses = model.forwardBackward(
      batch, loss: LossSettings(reduction: reduction), collector: GPTNeoXTests.NoCollector(), arena: Arena())
    let reference = try NumPyArray<Double>(
      contentsOf: fixture.directory.appendingPathComponent("loss_\(reduction.rawValue)_f64.npy"))
    // Recorded for the sum; the mean has the same relative rounding.
    let tolerance = try #require(try fixture.tolerance("loss_sum"))
    #expect(losses.count == reference.values.count)
    for (own, expected) in zip(losses, reference.values) {
      #expect(abs(own - expected) <= Distance.factor * tolerance.rowRelative * abs(expected))
    }
  }
}
