import Testing

@testable import Engine

struct RowTransformTests {
  private func normalized(_ values: [Float], rows: Int) -> [Float] {
    let storage = FloatStorage(values)
    let matrix = storage.matrix(rows, values.count / rows)
    RowTransform(preconditioner: nil, unitNormalize: true).apply(to: matrix, arena: Arena(chunkFloats: 64))
    return matrix.toArray()
  }

  @Test(arguments: [1, 3, 7, 17, 33, 65, 130]) func rowsBecomeUnitVectorsOfTheSameDirection(columns: Int) {
    var random = RandomValues(seed: UInt64(columns))
    let values = random.floats(2 * columns, 100)
    let own = normalized(values, rows: 2)
    for row in [0..<columns, columns..<2 * columns] {
      let norm = values[row].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      // A factor and a product, each rounded to float32.
      #expect(relativeDistance(own[row], values[row].map { Double($0) / norm }) < 0x1p-22)
    }
  }

  @Test func rowsOfZerosStayZeroBesideOthers() {
    #expect(normalized([0, 0, 3, 4], rows: 2) == [0, 0, 0.6, 0.8])
  }

  @Test func rowsNextToZeroHaveADirectionToo() {
    // 1 / norm is no float32: times 0 it would be NaN.
    let tiny = Float.leastNonzeroMagnitude
    #expect(relativeDistance(normalized([0, 3 * tiny, -4 * tiny], rows: 1), [0, 0.6, -0.8]) < 0x1p-22)
    #expect(normalized([.leastNormalMagnitude, 0], rows: 1) == [1, 0])
  }

  @Test func withoutSettingsNothingHappens() {
    let storage = FloatStorage([1, 2])
    RowTransform(preconditioner: nil, unitNormalize: false).apply(
      to: storage.matrix(1, 2), arena: Arena(chunkFloats: 64))
    #expect(storage.matrix(1, 2).toArray() == [1, 2])
  }
}
