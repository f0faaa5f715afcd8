/// The words of MT19937 (Matsumoto & Nishimura 1998), which the generators of Python and of torch are built on.
struct MersenneTwister {
  private static let size = 624
  private var state: [UInt32]
  private var index = MersenneTwister.size

  /// `init_genrand`: one word as the seed, as torch's CPU generator takes it.
  init(seed: UInt32) {
    state = [UInt32](repeating: 0, count: Self.size)
    state[0] = seed
    for i in 1..<Self.size {
      state[i] = 1_812_433_253 &* (state[i - 1] ^ state[i - 1] >> 30) &+ UInt32(i)
    }
  }

  /// `init_by_array` of one word, as CPython seeds by an integer.
  init(key: UInt32) {
    self.init(seed: 19_650_218)
    // With one word, the index into the key stays 0.
    var i = 1
    for _ in 0..<Self.size {
      state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) &* 1_664_525) &+ key
      i = next(i)
    }
    for _ in 1..<Self.size {
      state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) &* 1_566_083_941) &- UInt32(i)
      i = next(i)
    }
    state[0] = 0x8000_0000
  }

  /// The successor of an index of the seeding loops, which never writes word 0 but by this copy.
  private mutating func next(_ i: Int) -> Int {
    guard i + 1 == Self.size else { return i + 1 }
    state[0] = state[Self.size - 1]
    return 1
  }

  /// `genrand_int32`.
  mutating func word() -> UInt32 {
    if index == Self.size { regenerate() }
    var y = state[index]
    index += 1
    y ^= y >> 11
    y ^= y << 7 & 0x9D2C_5680
    y ^= y << 15 & 0xEFC6_0000
    return y ^ y >> 18
  }

  private mutating func regenerate() {
    for i in 0..<Self.size {
      let y = state[i] & 0x8000_0000 | state[(i + 1) % Self.size] & 0x7FFF_FFFF
      state[i] = state[(i + 397) % Self.size] ^ y >> 1 ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
    }
    index = 0
  }
}
