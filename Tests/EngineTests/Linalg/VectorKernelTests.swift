import CKernels
import Testing

@testable import Engine

struct VectorKernelTests {
  private static let counts = [0, 1, 3, 7, 17, 33, 65, 130]

  @Test(arguments: counts) func elementwiseKernelsTouchEveryEntryOnce(count: Int) {
    var random = RandomValues(seed: 3)
    let (x, y) = (random.floats(count), random.floats(count))
    var scaled = y
    ck_scale(&scaled, 0.75, count)
    #expect(scaled == y.map { $0 * 0.75 })
    var sum = y
    ck_add(x, &sum, count)
    #expect(sum == zip(x, y).map { $1 + $0 })
    var wide = [Double](repeating: -1, count: count)
    ck_widen(x, &wide, count)
    #expect(wide == x.map(Double.init))
  }

  @Test(arguments: counts) func sumOfSquaresIsAccumulatedInDouble(count: Int) {
    var random = RandomValues(seed: 4)
    let x = random.floats(count, 1e18)  // squares beyond float32
    let expected = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    let sum = ck_sum_of_squares(x, count)
    #expect(abs(sum - expected) <= Double(count) * 0x1p-53 * expected)
  }

  @Test func squaresOfTheSmallestNumbersDoNotVanish() {
    #expect(ck_sum_of_squares([.leastNonzeroMagnitude], 1) > 0)
  }

  @Test(arguments: counts) func biasAndRowProductsRespectTheLeadingDimension(columns: Int) {
    var random = RandomValues(seed: 5)
    let (rows, stride) = (3, columns + 2)
    let (a, b, bias) = (random.storage(rows * stride), random.storage(rows * stride), random.floats(columns))
    var products = [Float](repeating: 0, count: rows)
    ck_row_dot(a.base, stride, b.base, stride, rows, columns, &products)
    for r in 0..<rows {
      let terms = (0..<columns).map { Double(a.base[r * stride + $0]) * Double(b.base[r * stride + $0]) }
      let size = terms.reduce(0) { $0 + abs($1) }
      #expect(abs(Double(products[r]) - terms.reduce(0, +)) <= Double(columns) * 0x1p-24 * size)
    }
    let before = a.matrix(rows, stride).toArray()
    ck_add_bias(a.base, stride, bias, rows, columns)
    for i in before.indices {
      #expect(a.base[i] == (i % stride < columns ? before[i] + bias[i % stride] : before[i]))
    }
  }

  // MARK: bfloat16

  private func bf16(_ values: [Float]) -> [UInt16] {
    var narrow = [UInt16](repeating: 0, count: values.count)
    ck_float_to_bf16(values, &narrow, values.count)
    return narrow
  }

  @Test func everyBFloat16SurvivesTheWayThereAndBack() {
    let all = (0...UInt16.max).map { $0 }
    var wide = [Float](repeating: 0, count: all.count)
    ck_bf16_to_float(all, &wide, all.count)
    for (narrow, (value, original)) in zip(bf16(wide), zip(wide, all)) {
      #expect(value.bitPattern == UInt32(original) << 16)
      // A NaN may become quiet, and stays a NaN of the same sign.
      #expect(narrow == (value.isNaN ? original | 0x40 : original))
    }
  }

  @Test func conversionRoundsToNearestAndTiesToEven() {
    // bfloat16 has steps of 1/128 between 1 and 2.
    let (down, up): (UInt16, UInt16) = (0x3F80, 0x3F81)
    #expect(bf16([1 + 1 / 256]) == [down])  // a tie; 0x80 is even
    #expect(bf16([1 + 3 / 256]) == [0x3F82])  // a tie; 0x82 is even
    #expect(bf16([(1 + 1 / 256 as Float).nextUp]) == [up])
    #expect(bf16([(1 + 1 / 256 as Float).nextDown]) == [down])
    #expect(bf16([-(1 + 3 / 256)]) == [0xBF82])
  }

  @Test func specialValuesKeepTheirMeaning() {
    #expect(bf16([.infinity, -.infinity, 0, -0.0]) == [0x7F80, 0xFF80, 0, 0x8000])
    #expect(bf16([.greatestFiniteMagnitude]) == [0x7F80])  // nearer to 2^128 than to the largest bfloat16
    #expect(bf16([.leastNonzeroMagnitude]) == [0])
    // A NaN whose payload lies in the bits that are cut off must not become an infinity.
    let narrow = bf16([Float(bitPattern: 0x7F80_0001), Float(bitPattern: 0xFFFF_FFFF)])
    for bits in narrow { #expect(bits & 0x7F80 == 0x7F80 && bits & 0x7F != 0) }
  }
}
