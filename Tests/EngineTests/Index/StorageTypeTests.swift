import Testing

@testable import Engine

struct StorageTypeTests {
  /// Rounds by comparing both neighbours: the oracle for the bit arithmetic.
  private func nearestBFloat16(_ value: Float) -> UInt16 {
    let below = UInt16(value.bitPattern >> 16)
    let lower = Float(bitPattern: UInt32(below) << 16)
    if lower == value { return below }
    // The neighbour away from zero.
    let upper = Double(Float(bitPattern: UInt32(below + 1) << 16))
    let toLower = (Double(value) - Double(lower)).magnitude
    let toUpper = (upper - Double(value)).magnitude
    if toLower == toUpper { return below & 1 == 0 ? below : below + 1 }
    return toLower < toUpper ? below : below + 1
  }

  @Test func bfloat16RoundsToNearestEven() {
    let tie: UInt32 = 0x8000
    var patterns: [UInt32] = [0, 0x8000_0000, 1, 0x3F80_0000 + tie, 0x3F81_0000 + tie, 0xBF80_FFFF, 0x7F7E_FFFF]
    patterns += (0..<2000).map { 0x3000_0000 &+ $0 &* 123_457 }
    for pattern in patterns where Float(bitPattern: pattern).isFinite {
      var bits: UInt16 = 0
      _ = StorageType.bfloat16.encode([Float(bitPattern: pattern)], count: 1, into: &bits)
      #expect(bits == nearestBFloat16(Float(bitPattern: pattern)), "\(pattern)")
    }
  }

  @Test(arguments: StorageType.allCases)
  func notANumberAndInfinityKeepTheirNature(storage: StorageType) {
    // The low bits of this NaN would round up to infinity.
    let values: [Float] = [Float(bitPattern: 0x7F80_0001), .infinity, -.infinity, -0.0]
    var bytes = [UInt8](repeating: 0, count: 16)
    var back = [Float](repeating: 0, count: 4)
    let overflow = storage.encode(values, count: 4, into: &bytes)
    storage.decode(bytes, count: 4, into: &back)
    #expect(overflow == nil)
    #expect(back[0].isNaN)
    #expect(back[1...] == [.infinity, -.infinity, 0])
    #expect(back[3].sign == .minus)
    #expect(storage.load(bytes, at: 2 * storage.size) == -.infinity)
  }

  @Test func overflowIsFoundWhereItHappens() {
    var bytes = [UInt8](repeating: 0, count: 12)
    #expect(StorageType.float16.encode([1, .infinity, 65519], count: 3, into: &bytes) == nil)
    #expect(StorageType.float16.encode([1, 65520, 7], count: 3, into: &bytes) == 1)
    #expect(StorageType.bfloat16.encode([.greatestFiniteMagnitude], count: 1, into: &bytes) == 0)
    #expect(StorageType.float32.encode([.greatestFiniteMagnitude], count: 1, into: &bytes) == nil)
  }
}
