import Foundation
import Testing

@testable import Engine

struct LanguageModelHeadTests {
  private static let (hidden, vocabulary) = (7, 33)

  /// Documents of odd lengths: one of more rows than the head takes at a time, one of a single token, one without
  /// tokens, one without labels and one whose labels begin late.
  private func batch() -> RaggedBatch {
    var random = RandomValues(seed: 1)
    func document(_ length: Int) -> [Int32] { (0..<length).map { _ in Int32(random.integer(below: Self.vocabulary)) } }
    let ignored = RaggedBatch.ignoredLabel
    let rows = [130, 1, 0, 17, 33, 2].enumerated().map { index, length in
      let ids = document(length)
      let labels =
        switch index {
        case 3: [Int32](repeating: ignored, count: length)
        case 4: ids.enumerated().map { $0.offset < 20 ? ignored : $0.element }
        default: ids
        }
      return (document: index, ids: ids, labels: labels)
    }
    return RaggedBatch(rows)
  }

  /// scale cap(W h)
  private func logits(
    _ hidden: [Double], _ weight: DoubleMatrix, _ settings: LossSettings, _ softCap: SoftCap?
  ) -> [Double] {
    (0..<weight.rows).map { row in
      let logit = hidden.indices.reduce(0) { $0 + weight[row, $1] * hidden[$1] }
      let limit = softCap.map { Double($0.limit) }
      return Double(settings.logitScale) * (limit.map { $0 * tanh(logit / $0) } ?? logit)
    }
  }

  private func logSumExp(_ values: [Double]) -> Double {
    let largest = values.reduce(-.infinity, max)
    return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
  }

  /// -log softmax, mixed with the mean over the vocabulary by label smoothing; log Σ_others - log of the target; or
  /// Σ p (log p - log q).
  private func loss(
    _ hidden: [Double], _ weight: DoubleMatrix, target: Int, base: [Double], _ settings: LossSettings,
    _ softCap: SoftCap?
  ) -> Double {
    let logits = logits(hidden, weight, settings, softCap)
    switch settings.function {
    case .crossEntropy: break
    case .logOdds:
      return logSumExp(logits.enumerated().filter { $0.offset != target }.map(\.element)) - logits[target]
    case .divergenceFromBase:
      let reference = self.logits(base, weight, settings, softCap)
      let (own, other) = (logSumExp(logits), logSumExp(reference))
      return zip(logits, reference).reduce(0) { sum, pair in
        sum + exp(pair.0 - own) * ((pair.0 - own) - (pair.1 - other))
      }
    }
    let logSumExp = logSumExp(logits)
    let smoothing = Double(settings.labelSmoothing)
    let uniform = logits.reduce(0) { $0 + logSumExp - $1 } / Double(logits.count)
    return (1 - smoothing) * (logSumExp - logits[target]) + smoothing * uniform
  }

  private static let settings: [LossSettings] = [LossReduction.sum, .mean].flatMap { reduction in
    [Float(1), 0.7].flatMap { scale in
      [Float(0), 0.1].map { LossSettings(reduction: reduction, labelSmoothing: $0, logitScale: scale) }
        + [LossFunction.logOdds, .divergenceFromBase].map {
          LossSettings(function: $0, reduction: reduction, logitScale: scale)
        }
    }
  }

  // Logits of order 1, softmax sums of 33 and gradients of 33 products: a few ulp.
  private static let tolerance = 1e-6

  private func check(size: Float, _ settings: LossSettings, softCap: SoftCap? = nil, tolerance: Double) {
    var random = RandomValues(seed: 2)
    let batch = batch()
    let layer = Linear(
      weight: random.storage(Self.vocabulary * Self.hidden, size), bias: nil, outputs: Self.vocabulary,
      inputs: Self.hidden)
    let storage = random.storage(batch.tokenCount * Self.hidden)
    let hidden = storage.matrix(batch.tokenCount, Self.hidden)
    let baseStorage = random.storage(batch.tokenCount * Self.hidden)
    let base = baseStorage.matrix(batch.tokenCount, Self.hidden)
    let dHidden = FloatStorage([Float](repeating: .nan, count: batch.tokenCount * Self.hidden))
    let losses = LanguageModelHead(linear: layer, softCap: softCap).forwardBackward(
      hidden: hidden, base: settings.function == .divergenceFromBase ? base : nil, batch: batch, settings: settings,
      dHidden: dHidden.matrix(batch.tokenCount, Self.hidden), arena: Arena(chunkFloats: 1024))

    let weight = DoubleMatrix(layer.weight)
    let wide = DoubleMatrix(hidden)
    let wideBase = DoubleMatrix(base)
    func own(_ state: [Double], _ position: Int) -> Double {
      loss(
        state, weight, target: Int(batch.targets[position]), base: wideBase.row(position), settings, softCap)
    }
    for document in 0..<batch.count {
      let positions = batch.positions(document)
      let labelled = positions.filter { batch.targets[$0] >= 0 }
      let share = settings.reduction == .mean ? 1 / Double(max(labelled.count, 1)) : 1
      let expected = labelled.reduce(0) {
        $0 + share * own(wide.row($1), $1)
      }
      #expect(abs(losses[document] - expected) <= tolerance * max(1, abs(expected)), "document \(document)")
      for position in positions {
        let found = dHidden.matrix(batch.tokenCount, Self.hidden).rows(position..<position + 1).toArray()
        let gradient =
          batch.targets[position] < 0
          ? [Double](repeating: 0, count: Self.hidden)
          : CentralDifference.gradient(at: wide.row(position)) { share * own($0, position) }
        // A row's gradient may nearly cancel; the sum of its terms is of the size of the weights.
        let limit = tolerance * Double(size) * 4
        #expect(zip(found, gradient).allSatisfy { abs(Double($0) - $1) <= limit }, "position \(position)")
      }
    }
  }

  @Test(arguments: settings) func lossAndGradientEqualTheOracle(settings: LossSettings) {
    check(size: 1, settings, tolerance: Self.tolerance)
  }

  @Test(arguments: settings, [Float(0.6), 5]) func cappedLogitsHaveTheOraclesLossAndGradient(
    settings: LossSettings, limit: Float
  ) {
    check(size: 1, settings, softCap: SoftCap(limit: limit), tolerance: Self.tolerance)
  }

  @Test(arguments: [LossSettings(), LossSettings(labelSmoothing: 0.1)])
  func largeLogitsKeepTheirDigits(settings: LossSettings) {
    // Logits of order 1e4 are rounded to 1e-3, and so is what they lose; the central difference itself is no better.
    check(size: 1e4, settings, tolerance: 2e-3)
  }

  /// What the target's share leaves to the others is less than float32 tells from nothing, and counts all the same.
  @Test func oddsOfACertainTokenAreFinite() {
    let layer = Linear(weight: FloatStorage([60, 1, 0]), bias: nil, outputs: 3, inputs: 1)
    let dHidden = FloatStorage(count: 2)
    let storage = FloatStorage([1, 1])
    let losses = LanguageModelHead(linear: layer).forwardBackward(
      hidden: storage.matrix(2, 1), batch: RaggedBatch([(document: 0, ids: [0, 0], labels: [0, 0])]),
      settings: LossSettings(function: .logOdds), dHidden: dHidden.matrix(2, 1), arena: Arena(chunkFloats: 64))
    // log(e + 1) - 60, and e / (e + 1) * 1 - 60
    #expect(abs(losses[0] - (log(exp(1) + 1) - 60)) < 1e-5)
    #expect(abs(Double(dHidden.base[0]) - (exp(1) / (exp(1) + 1) - 60)) < 1e-4)
  }

  @Test func aModelDoesNotDivergeFromItself() {
    let layer = Linear(weight: FloatStorage([3, 1, -2]), bias: nil, outputs: 3, inputs: 1)
    let dHidden = FloatStorage(count: 2)
    let storage = FloatStorage([0.3, 1])
    let hidden = storage.matrix(2, 1)
    let losses = LanguageModelHead(linear: layer).forwardBackward(
      hidden: hidden, base: hidden, batch: RaggedBatch([(document: 0, ids: [0, 0], labels: [0, 0])]),
      settings: LossSettings(function: .divergenceFromBase), dHidden: dHidden.matrix(2, 1),
      arena: Arena(chunkFloats: 64))
    #expect(losses == [0] && dHidden.matrix(2, 1).toArray() == [0, 0])
  }

  @Test func documentsWithoutLabelsHaveNoLoss() {
    let layer = Linear(weight: FloatStorage(count: 6), bias: nil, outputs: 3, inputs: 2)
    let dHidden = FloatStorage([.nan, .nan])
    let storage = FloatStorage([1, 1])
    let losses = LanguageModelHead(linear: layer).forwardBackward(
      hidden: storage.matrix(1, 2), batch: RaggedBatch([(document: 0, ids: [1], labels: [1])]),
      settings: LossSettings(reduction: .mean), dHidden: dHidden.matrix(1, 2), arena: Arena(chunkFloats: 64))
    #expect(losses == [0] && dHidden.matrix(1, 2).toArray() == [0, 0])
  }

  @Test func aNotANumberLogitIsALossThatIsNone() {
    let layer = Linear(weight: FloatStorage([1, .nan, 1]), bias: nil, outputs: 3, inputs: 1)
    let dHidden = FloatStorage(count: 2)
    let storage = FloatStorage([1, 1])
    let losses = LanguageModelHead(linear: layer).forwardBackward(
      hidden: storage.matrix(2, 1), batch: RaggedBatch([(document: 0, ids: [0, 2], labels: [0, 2])]),
      settings: LossSettings(), dHidden: dHidden.matrix(2, 1), arena: Arena(chunkFloats: 64))
    #expect(losses[0].isNaN && dHidden.base[0].isNaN)
  }
}
