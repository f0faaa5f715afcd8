/// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): 128 random bits for any counter,
/// in any order, so that a projection matrix never needs to be stored.
struct Philox4x32: Sendable {
  let key: (UInt32, UInt32)

  /// The block of four words at a counter.
  func callAsFunction(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (x0, x1, x2, x3) = (counter[0], counter[1], counter[2], counter[3])
    var (k0, k1) = key
    for _ in 0..<10 {
      let a = (0xD251_1F53 as UInt32).multipliedFullWidth(by: x0)
      let b = (0xCD9E_8D57 as UInt32).multipliedFullWidth(by: x2)
      (x0, x1, x2, x3) = (b.high ^ x1 ^ k0, b.low, a.high ^ x3 ^ k1, a.low)
      k0 &+= 0x9E37_79B9  // golden ratio
      k1 &+= 0xBB67_AE85  // sqrt(3) - 1
    }
    return SIMD4(x0, x1, x2, x3)
  }
}
