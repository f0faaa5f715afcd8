/// Numbers in [0, 1) that depend on seed, document and position alone.
struct LabelSampler {
  private let philox: Philox4x32

  /// Nil where labels come from the data.
  init?(_ source: LabelSource) {
    guard case .sampled(let seed) = source else { return nil }
    let bits = UInt64(bitPattern: Int64(seed))
    philox = Philox4x32(key: (UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32)))
  }

  func uniform(document: Int, position: Int) -> Double {
    let row = UInt64(document)
    let words = philox(
      SIMD4(
        UInt32(truncatingIfNeeded: row), UInt32(truncatingIfNeeded: row >> 32), UInt32(truncatingIfNeeded: position), 0)
    )
    // 53 bits, all that a double holds.
    return Double((UInt64(words[0]) << 32 | UInt64(words[1])) >> 11) * 0x1p-53
  }
}
