@testable import Engine

/// Reproducible values for tests: SplitMix64 (Steele et al. 2014).
struct RandomValues {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// Even over (-limit, limit).
  mutating func float(_ limit: Float = 1) -> Float { (Float(next() >> 40) * 0x1p-23 - 1) * limit }

  mutating func floats(_ count: Int, _ limit: Float = 1) -> [Float] { (0..<count).map { _ in float(limit) } }

  mutating func integer(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

  mutating func storage(_ count: Int, _ limit: Float = 1) -> FloatStorage { FloatStorage(floats(count, limit)) }
}
