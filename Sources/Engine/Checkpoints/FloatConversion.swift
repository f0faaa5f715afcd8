import Foundation

/// Stored floats to float32, at any alignment. The loops hold no branch, so that the compiler vectorizes them.
enum FloatConversion {
  /// False for a dtype that holds no floats. `destination` has as many elements as `bytes` hold.
  static func convert(
    _ bytes: UnsafeRawBufferPointer, _ dtype: SafetensorsDType, into destination: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    guard let source = bytes.baseAddress, let target = destination.baseAddress else {
      return dtype.isFloat
    }
    let count = destination.count
    switch dtype {
    case .f32:
      // Every platform that Swift supports is little-endian, as the format is.
      memcpy(target, source, bytes.count)
    case .bf16:
      for index in 0..<count {
        target[index] = bfloat16(source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
      }
    case .f16:
      for index in 0..<count {
        target[index] = half(source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
      }
    case .f64:
      for index in 0..<count {
        target[index] = Float(source.loadUnaligned(fromByteOffset: index * 8, as: Double.self))
      }
    case .i64, .i32, .u8, .bool: return false
    }
    return true
  }

  /// bfloat16 is the upper half of a float32.
  @inline(__always)
  static func bfloat16(_ bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) << 16)
  }

  /// IEEE binary16, exactly, infinities, NaN and subnormals included. Swift's `Float16` would call a library routine
  /// per element where the target CPU is a plain x86-64.
  ///
  /// Shifted into place, exponent and fraction read as a float32 that is 2^112 times too small, subnormals included;
  /// the product is exact. What was infinite or NaN comes out as 65536 or more and gets its exponent back.
  @inline(__always)
  static func half(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let scale = Float(bitPattern: (127 + 112) << 23)
    let magnitude = Float(bitPattern: UInt32(bits & 0x7FFF) << 13) * scale
    let exponent: UInt32 = magnitude >= 65536 ? 0x7F80_0000 : 0
    return Float(bitPattern: magnitude.bitPattern | exponent | sign)
  }
}

extension SafetensorsDType {
  var isFloat: Bool {
    switch self {
    case .f64, .f32, .f16, .bf16: true
    case .i64, .i32, .u8, .bool: false
    }
  }
}
