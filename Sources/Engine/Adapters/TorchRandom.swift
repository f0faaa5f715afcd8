import Foundation

/// The float32 numbers that torch's CPU generator draws after `torch.manual_seed(seed)`: `uniform_` to the bit, `normal_`
/// to two units in the last place, since torch takes logarithm and cosine from its own vector code.
struct TorchRandom {
  private var words: MersenneTwister

  init(seed: UInt32) {
    words = MersenneTwister(seed: seed)
  }

  /// `uniform_(-bound, bound)`
  mutating func fillUniform(_ values: FloatStorage, bound: Float) {
    let width = bound - -bound
    for i in 0..<values.count {
      values.base[i] = (-bound).addingProduct(unit(), width)
    }
  }

  /// `normal_(std=deviation)`
  mutating func fillNormal(_ values: FloatStorage, deviation: Double) {
    guard values.count >= Self.block else { return fillFewNormal(values, deviation: deviation) }
    for i in 0..<values.count { values.base[i] = unit() }
    for start in stride(from: 0, through: values.count - Self.block, by: Self.block) {
      transform(values.base + start, deviation: Float(deviation))
    }
    // A last block that is not full is drawn anew, over the end of the one before.
    if values.count % Self.block != 0 {
      let last = values.base + (values.count - Self.block)
      for i in 0..<Self.block { last[i] = unit() }
      transform(last, deviation: Float(deviation))
    }
  }

  private static let block = 16

  /// In [0, 1): the lower 24 bits of a word.
  private mutating func unit() -> Float { Float(words.word() & 0xFF_FFFF) * 0x1p-24 }

  /// 2π to the nearest: `Float.pi` is rounded down.
  private static let fullTurn = Float(2 * Double.pi)

  /// Box and Muller's transform, in which the first half of a block pairs with the second.
  private func transform(_ block: UnsafeMutablePointer<Float>, deviation: Float) {
    for i in 0..<Self.block / 2 {
      let radius = (-2 * log(1 - block[i])).squareRoot()
      let angle = Self.fullTurn * block[i + Self.block / 2]
      block[i] = radius * cos(angle) * deviation
      block[i + Self.block / 2] = radius * sin(angle) * deviation
    }
  }

  /// Fewer than a block are drawn one pair at a time in float64.
  private mutating func fillFewNormal(_ values: FloatStorage, deviation: Double) {
    for i in stride(from: 0, to: values.count, by: 2) {
      let angle = 2 * Double.pi * wideUnit()
      let radius = (-2 * log1p(-wideUnit())).squareRoot()
      values.base[i] = Float(radius * cos(angle) * deviation)
      if i + 1 < values.count { values.base[i + 1] = Float(radius * sin(angle) * deviation) }
    }
  }

  /// In [0, 1): the lower 53 bits of two words.
  private mutating func wideUnit() -> Double {
    let high = UInt64(words.word()) << 32
    return Double((high | UInt64(words.word())) & (1 << 53 - 1)) * 0x1p-53
  }
}
