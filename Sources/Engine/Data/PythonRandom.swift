/// The integers and shuffles of Python's `random.Random(seed)`: MT19937 (Matsumoto & Nishimura 1998), seeded by the
/// words of the seed as CPython's `random_seed` does.
struct PythonRandom {
  private static let size = 624
  private var state: [UInt32]
  private var index = PythonRandom.size

  init(seed: UInt32) {
    // init_genrand(19650218)
    state = [UInt32](repeating: 0, count: Self.size)
    state[0] = 19_650_218
    for i in 1..<Self.size {
      state[i] = 1_812_433_253 &* (state[i - 1] ^ state[i - 1] >> 30) &+ UInt32(i)
    }
    // init_by_array([seed]): with one word, its index stays 0.
    var i = 1
    for _ in 0..<Self.size {
      state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) &* 1_664_525) &+ seed
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

  /// `getrandbits(32)`.
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

  /// `_randbelow(bound)`: as many high bits as the bound has, drawn again while they are too large.
  mutating func below(_ bound: Int) -> Int {
    precondition((1...Int(Int32.max)).contains(bound), "no random number below \(bound)")
    let bits = UInt32(Int.bitWidth - bound.leadingZeroBitCount)
    while true {
      let value = Int(word() >> (32 - bits))
      if value < bound { return value }
    }
  }

  /// `shuffle(values)`.
  mutating func shuffle<Value>(_ values: inout [Value]) {
    for i in stride(from: values.count - 1, through: 1, by: -1) {
      values.swapAt(i, below(i + 1))
    }
  }
}
