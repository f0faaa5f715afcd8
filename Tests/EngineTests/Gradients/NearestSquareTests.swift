import Testing

@testable import Engine

struct NearestSquareTests {
  @Test(arguments: [
    (1, 1, 1, 1), (1, 36, 6, 6), (8, 768, 64, 96), (768, 8, 64, 96), (3072, 768, 1536, 1536), (1, 13, 1, 13),
    (2, 13, 2, 13), (769, 768, 769, 768), (6, 20, 10, 12), (0, 5, 0, 5),
  ])
  func factorsLieAsNearAsTheyCan(_ m: Int, _ n: Int, _ rows: Int, _ columns: Int) {
    #expect(NearestSquare.shape(rows: m, columns: n) == (rows, columns))
  }

  /// Every shape of the same number of entries is at least as far from a square.
  @Test func noOtherShapeIsNearer() {
    for count in 1...300 {
      let shape = NearestSquare.shape(rows: 1, columns: count)
      #expect(shape.rows * shape.columns == count && shape.rows <= shape.columns)
      for a in 1...count where count % a == 0 { #expect(abs(count / a - a) >= shape.columns - shape.rows) }
    }
  }
}
