/// The merges of a BPE model: which pairs of tokens join, into what, and which go first.
///
/// An open-addressing hash table of flat arrays: lookups are nearly all that BPE does, most find nothing, and a
/// `Dictionary` spends its time on SipHash.
struct MergeTable: Sendable {
  /// (left id, right id) packed; `.max` is free, since ids are below 2^31.
  private var keys: [UInt64]
  /// (rank, merged id) packed, so that the smaller value is the merge to do first.
  private var values: [UInt64]
  private let shift: Int

  static let none = UInt64.max

  init(capacity: Int) {
    // At most half full.
    let bits = max(4, Int.bitWidth - (2 * max(1, capacity) - 1).leadingZeroBitCount)
    keys = [UInt64](repeating: .max, count: 1 << bits)
    values = [UInt64](repeating: Self.none, count: 1 << bits)
    shift = 64 - bits
  }

  /// The last of several merges for a pair counts, as in the reference.
  mutating func insert(_ left: Int32, _ right: Int32, rank: Int, merged: Int32) {
    let key = Self.key(left, right)
    var slot = Self.slot(key, shift)
    while keys[slot] != .max, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
    keys[slot] = key
    values[slot] = UInt64(UInt32(rank)) << 32 | UInt64(UInt32(bitPattern: merged))
  }

  /// For lookups in loops, without the bookkeeping of arrays.
  func withLookup<Result>(_ body: (Lookup) throws -> Result) rethrows -> Result {
    try keys.withUnsafeBufferPointer { keys in
      try values.withUnsafeBufferPointer { values in
        try body(Lookup(keys: keys, values: values, shift: shift))
      }
    }
  }

  struct Lookup {
    let keys: UnsafeBufferPointer<UInt64>
    let values: UnsafeBufferPointer<UInt64>
    let shift: Int

    /// The merge of two neighbours, or `MergeTable.none`. Merges compare by rank.
    @inline(__always)
    func callAsFunction(_ left: Int32, _ right: Int32) -> UInt64 {
      let key = MergeTable.key(left, right)
      var slot = MergeTable.slot(key, shift)
      while keys[slot] != .max {
        if keys[slot] == key { return values[slot] }
        slot = (slot + 1) & (keys.count - 1)
      }
      return MergeTable.none
    }
  }

  static func mergedID(_ merge: UInt64) -> Int32 { Int32(bitPattern: UInt32(truncatingIfNeeded: merge)) }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Fibonacci hashing: the high bits of a product with 2^64 / φ.
  @inline(__always)
  private static func slot(_ key: UInt64, _ shift: Int) -> Int {
    Int(((key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15) >> UInt64(shift))
  }
}
