/// How numbers lie in `gradients.bin` and `scores.bin`, and the conversions from and to Float.

package enum StorageType: String, Codable, Hashable, Sendable, CaseIterable {
  case float32, bfloat16, float16

  /// Bytes of one value.
  package var size: Int { self == .float32 ? 4 : 2 }

  /// Largest finite value.
  package var largest: Float {
    switch self {
    case .float32: .greatestFiniteMagnitude
    case .bfloat16: Float(bitPattern: 0x7F7F_0000)
    case .float16: 65504
    }
  }

  /// Converts `count` Floats, rounding to nearest, ties to even. NaN stays NaN and infinities stay infinite.
  ///
  /// - Returns: position of the first finite value that became infinite, if any did.
  package func encode(
    _ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutableRawPointer
  ) -> Int? {
    switch self {
    case .float32:
      target.copyMemory(from: source, byteCount: count * 4)
      return nil
    case .bfloat16:
      let bits = target.assumingMemoryBound(to: UInt16.self)
      for i in 0..<count { bits[i] = Self.bfloat16(source[i]) }
    case .float16:
      let bits = target.assumingMemoryBound(to: UInt16.self)
      for i in 0..<count { bits[i] = Float16(source[i]).bitPattern }
    }
    var overflows = false
    // A value that rounds up to infinity is at least as large as the largest finite one.
    for i in 0..<count where source[i].magnitude > largest { overflows = true }
    guard overflows else { return nil }
    return (0..<count).first { i in
      source[i].isFinite && load(target, at: i * size).isInfinite
    }
  }

  /// Converts `count` stored values, which need not be aligned.
  package func decode(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
    switch self {
    case .float32:
      UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count * 4)
    case .bfloat16:
      for i in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
        target[i] = Float(bitPattern: UInt32(bits) << 16)
      }
    case .float16:
      for i in 0..<count {
        target[i] = Float(Float16(bitPattern: source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)))
      }
    }
  }

  /// One stored value at a byte offset.
  package func load(_ source: UnsafeRawPointer, at offset: Int) -> Float {
    switch self {
    case .float32: source.loadUnaligned(fromByteOffset: offset, as: Float.self)
    case .bfloat16:
      Float(bitPattern: UInt32(source.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) << 16)
    case .float16: Float(Float16(bitPattern: source.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }
  }

  /// The upper half of the Float, after adding what rounds the lower half to nearest even.
  private static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    // Rounding could carry a NaN's low bits away and leave infinity; set the quiet bit instead.
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)
  }
}
