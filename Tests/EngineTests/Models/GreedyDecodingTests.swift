import Foundation
import Testing

@testable import Engine

@Suite struct GreedyDecodingTests {
  private let loaded: LoadedModel
  private let model: any CausalLM
  private let prefix: [Int32] = [5, 17, 40]

  init() throws {
    loaded = try LoadedModel(path: FixtureSet.gptNeoX.path("model"), precision: .fp32)
    model = loaded.model
  }

  @Test func everyTokenIsTheMostProbableOneAfterThoseBeforeIt() {
    let made = GreedyDecoding(limit: 6, stops: []).continuation(of: prefix, by: model)
    #expect(made.count == 6)
    // Teacher forcing over the whole text at once must choose the same tokens.
    let text = prefix + made
    let logits = model.logits(RaggedBatch([(document: 0, ids: text, labels: text)]), arena: Arena())
    for (index, token) in made.enumerated() {
      let row = UnsafeBufferPointer(start: logits.row(prefix.count - 1 + index), count: logits.columns)
      #expect(row.max() == row[Int(token)])
    }
  }

  @Test func aStopTokenEndsTheTextAndIsNotPartOfIt() {
    let made = GreedyDecoding(limit: 6, stops: []).continuation(of: prefix, by: model)
    let stop = made[3]
    let first = made.firstIndex(of: stop)!
    #expect(GreedyDecoding(limit: 6, stops: [stop]).continuation(of: prefix, by: model) == Array(made[..<first]))
  }

  @Test func theTextEndsWhereTheModelCanReadNoFurther() {
    let long = [Int32](repeating: 3, count: model.maximumLength - 2)
    #expect(GreedyDecoding(limit: 50, stops: []).continuation(of: long, by: model).count == 2)
  }
}
