/// The integers and shuffles of Python's `random.Random(seed)`.
struct PythonRandom {
  private var words: MersenneTwister

  init(seed: UInt32) {
    words = MersenneTwister(key: seed)
  }

  /// `getrandbits(32)`.
  mutating func word() -> UInt32 { words.word() }

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
