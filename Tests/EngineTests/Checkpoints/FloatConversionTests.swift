import Testing

@testable import Engine

struct FloatConversionTests {
  @Test func everyHalfPrecisionNumberIsConvertedExactly() {
    // The naive definition: sign, 5 bits of exponent, 10 of fraction.
    func expected(_ bits: UInt16) -> Float {
      let exponent = Int(bits >> 10 & 31)
      let fraction = Double(bits & 1023) / 1024
      let magnitude =
        switch exponent {
        case 0: fraction * 0x1p-14
        case 31: fraction == 0 ? Double.infinity : .nan
        default: (1 + fraction) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
      return Float(bits & 0x8000 == 0 ? magnitude : -magnitude)
    }
    let wrong = (UInt16.min...UInt16.max).filter { bits in
      let (found, expected) = (FloatConversion.half(bits), expected(bits))
      return expected.isNaN ? !found.isNaN : found.bitPattern != expected.bitPattern
    }
    #expect(wrong == [])
  }

  @Test func everyBFloat16IsTheUpperHalfOfAFloat32() {
    let wrong = (UInt16.min...UInt16.max).filter { bits in
      FloatConversion.bfloat16(bits).bitPattern != UInt32(bits) * 65536
    }
    #expect(wrong == [])
    #expect(FloatConversion.bfloat16(0x3FC0) == 1.5)
    #expect(FloatConversion.bfloat16(0x7FC0).isNaN)
  }

  @Test(arguments: [1, 3, 7, 17, 33])
  func vectorizedLoopsAgreeWithSingleConversions(count: Int) {
    let bits = (0..<count).map { UInt16(truncatingIfNeeded: $0 &* 0x1235 &+ 0x0101) & 0x7BFF }
    for (dtype, convert) in [
      (SafetensorsDType.f16, FloatConversion.half), (.bf16, FloatConversion.bfloat16),
    ] {
      var found = [Float](repeating: .nan, count: count)
      let isFloat = bits.withUnsafeBytes { bytes in
        found.withUnsafeMutableBufferPointer { FloatConversion.convert(bytes, dtype, into: $0) }
      }
      #expect(isFloat)
      #expect(found == bits.map(convert))
    }
  }

  @Test(arguments: SafetensorsDType.allCases)
  func onlyFloatsAreConverted(dtype: SafetensorsDType) {
    var found: [Float] = [7]
    let bytes = [UInt8](repeating: 0, count: dtype.size)
    let isFloat = bytes.withUnsafeBytes { bytes in
      found.withUnsafeMutableBufferPointer { FloatConversion.convert(bytes, dtype, into: $0) }
    }
    #expect(isFloat == dtype.isFloat)
    #expect(found == [dtype.isFloat ? 0 : 7])
  }
}
