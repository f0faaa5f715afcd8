import CKernels
import Foundation
import Testing

@testable import Engine

@Suite struct WeightMatrixTests {
  /// 130 inputs: two whole blocks of 64 and one of two; 2,100 outputs: more than one tile.
  private let rows = 2100
  private let columns = 130
  private let values: FloatStorage
  private static let narrow: [Precision] = [.bf16, .fp16, .int8, .int4]

  init() {
    var random = RandomValues(seed: 3)
    values = random.storage(rows * columns, 0.1)
  }

  private func widened(_ weight: WeightMatrix) -> Matrix {
    let all = FloatStorage(count: weight.count).matrix(weight.rows, weight.columns)
    weight.widen(0..<weight.rows, into: all)
    return all
  }

  /// Half a unit in the last place of 8 and 11 significant bits; half a step of a block of 64.
  @Test(arguments: narrow) func roundingErrsByHalfAStepAtMost(precision: Precision) {
    let weight = WeightMatrix(values, rows: rows, columns: columns, precision: precision)
    let wide = widened(weight)
    for row in stride(from: 0, to: rows, by: 7) {
      for start in stride(from: 0, to: columns, by: 64) {
        let block = (start..<min(start + 64, columns)).map { values.base[row * columns + $0] }
        for (i, value) in block.enumerated() {
          let limit: Float =
            switch precision {
            case .bf16: abs(value) / 256
            case .fp16: abs(value) / 2048
            case .int8: block.map(abs).max()! / 254
            case .int4: (block.max()! - block.min()!) / 30
            case .auto, .fp32: 0
            }
          // A few float32 roundings on top.
          #expect(abs(wide[row, start + i] - value) <= limit * 1.001 + 1e-7, "\(precision) row \(row) of \(value)")
        }
      }
    }
  }

  @Test(arguments: narrow + [.fp32]) func productsAreThoseOfTheWidenedMatrix(precision: Precision) {
    let weight = WeightMatrix(values, rows: rows, columns: columns, precision: precision)
    let wide = widened(weight)
    let arena = Arena()
    var random = RandomValues(seed: 4)
    let x = random.storage(5 * columns).matrix(5, columns)
    let dy = random.storage(5 * rows).matrix(5, rows)
    let before = random.storage(5 * columns).matrix(5, columns)
    let (y, expected) = (arena.matrix(5, rows), arena.matrix(5, rows))
    weight.multiplyTransposed(x, into: y)
    multiply(x, wide.transposed, into: expected)
    expectClose(y, expected)
    let (dx, dxExpected) = (arena.matrix(5, columns), arena.matrix(5, columns))
    for accumulate in [false, true] {
      dx.copy(from: before)
      dxExpected.copy(from: before)
      weight.multiply(dy, into: dx, accumulate: accumulate)
      multiply(dy, wide, into: dxExpected, accumulate: accumulate)
      expectClose(dx, dxExpected)
    }
  }

  /// Tiles only change the order of additions: a few float32 roundings of sums of up to 2,100 terms.
  private func expectClose(_ a: Matrix, _ b: Matrix, sourceLocation: SourceLocation = #_sourceLocation) {
    let largest = (0..<b.rows * b.columns).map { abs(b.base[$0]) }.max()!
    let distance = (0..<b.rows * b.columns).map { abs(a.base[$0] - b.base[$0]) }.max()!
    #expect(distance <= 1e-5 * largest, sourceLocation: sourceLocation)
  }

  @Test func memoryHoldsTheNarrowWeightsOnly() {
    func bytesPerWeight(_ precision: Precision) -> Double {
      let square = FloatStorage(count: 128 * 128)
      return Double(WeightMatrix(square, rows: 128, columns: 128, precision: precision).byteCount) / (128 * 128)
    }
    #expect(bytesPerWeight(.fp32) == 4)
    #expect(bytesPerWeight(.bf16) == 2)
    #expect(bytesPerWeight(.fp16) == 2)
    #expect(bytesPerWeight(.int8) == 1.0625)
    #expect(bytesPerWeight(.int4) == 0.625)
  }

  @Test(arguments: narrow) func zerosAndConstantsAreExact(precision: Precision) {
    let constant = FloatStorage(count: 4 * 70)
    for i in 70..<140 { constant.base[i] = 0.5 }
    for i in 140..<280 { constant.base[i] = -2 }
    let wide = widened(WeightMatrix(constant, rows: 4, columns: 70, precision: precision))
    for i in 0..<280 { #expect(wide.base[i] == constant.base[i]) }
  }

  @Test func halvesAreThoseOfTheProcessorForEveryBitPattern() {
    let patterns = (0...UInt16.max).map { $0 }
    var floats = [Float](repeating: 0, count: patterns.count)
    ck_half_to_float(patterns, &floats, patterns.count)
    for (pattern, float) in zip(patterns, floats) {
      let exact = Float(Float16(bitPattern: pattern))
      #expect(float.bitPattern == exact.bitPattern || (float.isNaN && exact.isNaN))
    }
  }

  /// Values between, at and beside the halves of every exponent, subnormal and too large ones included.
  @Test func floatsRoundToTheNearestHalf() {
    var floats: [Float] = [0, -0.0, .infinity, -.infinity, 65504, 65519, 65520, 1e9, 1e-8, 2.98e-8, 2.99e-8, 5.96e-8]
    var random = RandomValues(seed: 5)
    for exponent in 90..<150 {
      for _ in 0..<200 {
        let fraction = UInt32(random.integer(below: 1 << 23))
        // Ties are rare among random fractions: also one with only the bits that are cut, at a half.
        for bits in [fraction, fraction & ~0x1fff | 0x1000] {
          floats.append(Float(bitPattern: UInt32(exponent) << 23 | bits) * (bits & 2 == 0 ? 1 : -1))
        }
      }
    }
    var halves = [UInt16](repeating: 0, count: floats.count)
    ck_float_to_half(floats, &halves, floats.count)
    for (float, half) in zip(floats, halves) { #expect(half == Float16(float).bitPattern, "\(float)") }
    var nan: UInt16 = 0
    ck_float_to_half([.nan], &nan, 1)
    #expect(Float16(bitPattern: nan).isNaN)
  }
}
