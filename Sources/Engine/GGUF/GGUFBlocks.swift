/// Blocks of ggml's quantisations to float32, bit for bit as the Python package `gguf` computes them (gguf/quants.py);
/// the layouts are those of ggml-common.h.
///
/// No product may fuse with the sum behind it, or the last bit changes; Swift never contracts.
enum GGUFBlocks {
  /// - Parameters:
  ///   - source: whole blocks, at any alignment.
  ///   - target: as many floats as they hold values.
  static func dequantize(
    _ source: UnsafeRawBufferPointer, _ type: GGUFTensorType, into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(source.count % type.blockBytes == 0, "\(source.count) bytes are no whole blocks of \(type.rawValue)")
    let blocks = source.count / type.blockBytes
    precondition(target.count == blocks * type.blockValues, "\(target.count) floats for \(blocks) blocks")
    guard let bytes = source.baseAddress, let values = target.baseAddress else { return }
    /// One loop a type, so that the block's decoder is inlined into it.
    @inline(__always)
    func forEachBlock(_ decode: (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void) {
      for block in 0..<blocks { decode(bytes + block * type.blockBytes, values + block * type.blockValues) }
    }
    switch type {
    case .f32, .f16, .bf16:
      let isFloat = FloatConversion.convert(source, type == .f32 ? .f32 : type == .f16 ? .f16 : .bf16, into: target)
      assert(isFloat)
    case .q40: forEachBlock(q40)
    case .q41: forEachBlock(q41)
    case .q50: forEachBlock(q50)
    case .q51: forEachBlock(q51)
    case .q80: forEachBlock(q80)
    case .q2K: forEachBlock(q2K)
    case .q3K: forEachBlock(q3K)
    case .q4K: forEachBlock(q4K)
    case .q5K: forEachBlock(q5K)
    case .q6K: forEachBlock(q6K)
    }
  }

  @inline(__always)
  private static func half(_ block: UnsafeRawPointer, _ offset: Int) -> Float {
    FloatConversion.half(block.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inline(__always)
  private static func byte(_ block: UnsafeRawPointer, _ offset: Int) -> UInt8 {
    block.load(fromByteOffset: offset, as: UInt8.self)
  }

  // MARK: Blocks of 32: value i is in the low half of byte i, value i + 16 in the high half

  /// d, 16 bytes: w = d (q - 8)
  @inline(__always)
  private static func q40(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let d = half(block, 0)
    for i in 0..<16 {
      let pair = byte(block, 2 + i)
      values[i] = d * Float(Int(pair & 15) - 8)
      values[i + 16] = d * Float(Int(pair >> 4) - 8)
    }
  }

  /// d, m, 16 bytes: w = d q + m
  @inline(__always)
  private static func q41(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let (d, m) = (half(block, 0), half(block, 2))
    for i in 0..<16 {
      let pair = byte(block, 4 + i)
      values[i] = d * Float(pair & 15) + m
      values[i + 16] = d * Float(pair >> 4) + m
    }
  }

  /// d, 32 fifth bits, 16 bytes: w = d (q - 16)
  @inline(__always)
  private static func q50(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let d = half(block, 0)
    let high = block.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
    for i in 0..<16 {
      let pair = UInt32(byte(block, 6 + i))
      values[i] = d * Float(Int32(pair & 15 | (high >> UInt32(i) & 1) << 4) - 16)
      values[i + 16] = d * Float(Int32(pair >> 4 | (high >> UInt32(i + 16) & 1) << 4) - 16)
    }
  }

  /// d, m, 32 fifth bits, 16 bytes: w = d q + m
  @inline(__always)
  private static func q51(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let (d, m) = (half(block, 0), half(block, 2))
    let high = block.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    for i in 0..<16 {
      let pair = UInt32(byte(block, 8 + i))
      values[i] = d * Float(pair & 15 | (high >> UInt32(i) & 1) << 4) + m
      values[i + 16] = d * Float(pair >> 4 | (high >> UInt32(i + 16) & 1) << 4) + m
    }
  }

  /// d, 32 signed bytes: w = q d
  @inline(__always)
  private static func q80(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let d = half(block, 0)
    for i in 0..<32 { values[i] = Float(Int8(bitPattern: byte(block, 2 + i))) * d }
  }

  // MARK: Blocks of 256 with a scale for every 16 or 32 values, itself a small integer

  /// 16 scales and minima of 4 bits, 64 bytes, d, dmin: w = d s q - dmin m, a scale for 16 values
  @inline(__always)
  private static func q2K(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let (d, minimum) = (half(block, 80), half(block, 82))
    for group in 0..<16 {
      let packed = byte(block, group)
      let (scale, offset) = (d * Float(packed & 15), minimum * Float(packed >> 4))
      // 128 values lie in 32 bytes, two bits of each for every 32 of them.
      let first = 16 + group / 8 * 32 + group % 2 * 16
      let shift = UInt8(group % 8 / 2 * 2)
      for i in 0..<16 { values[group * 16 + i] = scale * Float(byte(block, first + i) >> shift & 3) - offset }
    }
  }

  /// 256 third bits, 64 bytes, 16 scales of 6 bits in 12 bytes, d: w = d (s - 32) (q - (third bit ? 0 : 4))
  @inline(__always)
  private static func q3K(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let d = half(block, 108)
    for group in 0..<16 {
      // The low four bits of scales 0 to 7 and 8 to 15 share eight bytes, the high two of all lie in four more.
      let low = byte(block, 96 + group % 8) >> UInt8(group / 8 * 4) & 15
      let high = byte(block, 104 + group % 4) >> UInt8(group / 4 * 2) & 3
      let scale = d * Float(Int(low | high << 4) - 32)
      let first = 32 + group / 8 * 32 + group % 2 * 16
      let shift = UInt8(group % 8 / 2 * 2)
      let bit = UInt8(group / 2)
      for i in 0..<16 {
        let q = Int(byte(block, first + i) >> shift & 3)
        let isSet = Int(byte(block, group % 2 * 16 + i) >> bit & 1)
        values[group * 16 + i] = scale * Float(q - (1 - isSet) * 4)
      }
    }
  }

  /// Scale and minimum of a group of 32, six bits each, of the 12 bytes at `offset`: those of groups 0 to 3 lie in the
  /// low bits of bytes 0 to 7, whose two high bits and bytes 8 to 11 hold those of groups 4 to 7.
  @inline(__always)
  private static func scaleAndMinimum(
    _ block: UnsafeRawPointer, _ offset: Int, _ group: Int
  ) -> (scale: Float, minimum: Float) {
    let (scales, minima) = (byte(block, offset + group % 4), byte(block, offset + 4 + group % 4))
    if group < 4 { return (Float(scales & 63), Float(minima & 63)) }
    let low = byte(block, offset + 4 + group)
    return (Float(low & 15 | scales >> 2 & 0x30), Float(low >> 4 | minima >> 2 & 0x30))
  }

  /// d, dmin, 12 bytes of scales and minima, 128 bytes: w = d s q - dmin m
  @inline(__always)
  private static func q4K(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let (d, minimum) = (half(block, 0), half(block, 2))
    for group in 0..<8 {
      let own = scaleAndMinimum(block, 4, group)
      let (scale, offset) = (d * own.scale, minimum * own.minimum)
      let first = 16 + group / 2 * 32
      let shift = UInt8(group % 2 * 4)
      for i in 0..<32 { values[group * 32 + i] = scale * Float(byte(block, first + i) >> shift & 15) - offset }
    }
  }

  /// d, dmin, 12 bytes of scales and minima, 256 fifth bits, 128 bytes: w = d s q - dmin m
  @inline(__always)
  private static func q5K(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let (d, minimum) = (half(block, 0), half(block, 2))
    for group in 0..<8 {
      let own = scaleAndMinimum(block, 4, group)
      let (scale, offset) = (d * own.scale, minimum * own.minimum)
      let first = 48 + group / 2 * 32
      let shift = UInt8(group % 2 * 4)
      let bit = UInt8(group)
      for i in 0..<32 {
        let low = byte(block, first + i) >> shift & 15
        let high = byte(block, 16 + i) >> bit & 1
        values[group * 32 + i] = scale * Float(low | high << 4) - offset
      }
    }
  }

  /// 128 bytes, 64 bytes of fifth and sixth bits, 16 signed scales, d: w = d s (q - 32), a scale for 16 values
  @inline(__always)
  private static func q6K(_ block: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let d = half(block, 208)
    for group in 0..<16 {
      let scale = d * Float(Int8(bitPattern: byte(block, 192 + group)))
      // 128 values: their low bits in 64 bytes, 64 values in the low halves and 64 in the high ones; their high bits in
      // 32 bytes, two of each for every 32 values.
      let (part, within) = (group / 8, group % 8)
      let low = part * 64 + within % 4 * 16
      let lowShift = UInt8(within / 4 * 4)
      let high = 128 + part * 32 + within % 2 * 16
      let highShift = UInt8(within / 2 * 2)
      for i in 0..<16 {
        let q = byte(block, low + i) >> lowShift & 15 | (byte(block, high + i) >> highShift & 3) << 4
        values[group * 16 + i] = scale * Float(Int(q) - 32)
      }
    }
  }
}
