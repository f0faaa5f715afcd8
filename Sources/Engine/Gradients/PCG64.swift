/// NumPy's default bit generator (O'Neill 2014, PCG XSL RR 128/64) with NumPy's seeding, needed bit for bit because
/// projections of releases up to 0.26 of the Python tool are drawn from it.
struct PCG64 {
  private var state: UInt128
  private let increment: UInt128
  private static let multiplier: UInt128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645

  /// `numpy.random.PCG64(seed)`.
  init(seed: UInt64) {
    let words = SeedSequence(entropy: [UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)]).generate64(count: 4)
    increment = ((UInt128(words[2]) << 64 | UInt128(words[3])) << 1) | 1
    state = 0
    step()
    state &+= UInt128(words[0]) << 64 | UInt128(words[1])
    step()
  }

  private mutating func step() { state = state &* Self.multiplier &+ increment }

  mutating func next() -> UInt64 {
    step()
    let folded = UInt64(truncatingIfNeeded: state >> 64) ^ UInt64(truncatingIfNeeded: state)
    let rotation = UInt64(truncatingIfNeeded: state >> 122)
    return folded >> rotation | folded << ((64 &- rotation) & 63)
  }
}

/// `numpy.random.SeedSequence` without spawn keys: hashes entropy into a pool of four words and stretches the pool.
private struct SeedSequence {
  private var pool: [UInt32]

  init(entropy: [UInt32]) {
    // NumPy drops the high words of small integers but pads the pool with zeros, which hashes to the same.
    var constant: UInt32 = 0x43B0_D7E5
    func hash(_ value: UInt32) -> UInt32 {
      var v = value ^ constant
      constant &*= 0x931E_8875
      v &*= constant
      return v ^ v >> 16
    }
    func mix(_ x: UInt32, _ y: UInt32) -> UInt32 {
      let r = x &* 0xCA01_F9DD &- y &* 0x4973_F715
      return r ^ r >> 16
    }
    pool = (0..<4).map { hash($0 < entropy.count ? entropy[$0] : 0) }
    for source in 0..<4 {
      for target in 0..<4 where source != target { pool[target] = mix(pool[target], hash(pool[source])) }
    }
  }

  func generate64(count: Int) -> [UInt64] {
    var constant: UInt32 = 0x8B51_F9DD
    let words = (0..<2 * count).map { index in
      var v = pool[index % 4] ^ constant
      constant &*= 0x58F3_8DED
      v &*= constant
      return v ^ v >> 16
    }
    return (0..<count).map { UInt64(words[2 * $0]) | UInt64(words[2 * $0 + 1]) << 32 }
  }
}
