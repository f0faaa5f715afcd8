import Testing

@testable import Engine

struct SymmetricMatrixTests {
  private static let orders = [1, 3, 7, 17, 33, 65, 130]

  /// A symmetric matrix with eigenvalues of both signs.
  private func indefinite(_ order: Int) -> SymmetricMatrix {
    var random = RandomValues(seed: UInt64(order))
    let values = DoubleMatrix(order, order) { _, _ in Double(random.float()) }
    return SymmetricMatrix(order: order, values: (values + values.transposed).values)
  }

  private func oracle(_ matrix: SymmetricMatrix) -> DoubleMatrix {
    DoubleMatrix(matrix.order, matrix.order, matrix.values)
  }

  @Test(arguments: orders, [1, 3, 17, 65]) func gramEqualsTheNaiveOne(order: Int, rows: Int) {
    var random = RandomValues(seed: UInt64(order * 1000 + rows))
    // A block of wider rows, as a module's gradient is.
    let storage = random.storage(rows * (order + 4))
    let block = storage.matrix(rows, order + 4).columns(3..<order + 3)
    var gram = SymmetricMatrix(order: order)
    gram.accumulateGram(of: block)
    gram.accumulateGram(of: block.rows(0..<1))
    gram.mirror()
    let wide = DoubleMatrix(block)
    let first = DoubleMatrix(block.rows(0..<1))
    // H = GᵀG, and the first row once more.
    let expected = wide.transposed * wide + first.transposed * first
    let size = wide.absolute.transposed * wide.absolute + first.absolute.transposed * first.absolute
    for i in 0..<order * order {
      // Float64 sums of rows + 1 products of values that are exact in float32.
      #expect(abs(gram.values[i] - expected.values[i]) <= Double(rows + 1) * 0x1p-53 * size.values[i])
    }
  }

  @Test func mirrorCopiesTheUpperTriangle() {
    var matrix = SymmetricMatrix(order: 3, values: [1, 2, 3, -9, 4, 5, -9, -9, 6])
    matrix.mirror()
    #expect(matrix.values == [1, 2, 3, 2, 4, 5, 3, 5, 6])
  }

  @Test func rowsOfAnotherWidthAreAMistake() async {
    await #expect(processExitsWith: .failure) {
      var matrix = SymmetricMatrix(order: 3)
      matrix.accumulateGram(of: FloatStorage(count: 8).matrix(2, 4))
    }
  }

  /// dsyevd is backward stable: errors are a small multiple of n ulp of the largest eigenvalue, which is below 2 n here.
  private func tolerance(_ order: Int) -> Double { 8 * Double(order) * 0x1p-53 * 2 * Double(order) }

  @Test(arguments: orders) func eigendecompositionGivesTheMatrixBack(order: Int) throws {
    let matrix = indefinite(order)
    let eigen = try matrix.eigendecomposition()
    let q = DoubleMatrix(order, order, eigen.vectors)
    let diagonal = DoubleMatrix(order, order) { $0 == $1 ? eigen.values[$0] : 0 }
    // Q diag(λ) Qᵀ = H and QᵀQ = I.
    let product = q * diagonal * q.transposed
    for (a, b) in zip(product.values, matrix.values) { #expect(abs(a - b) <= tolerance(order)) }
    let identity = q.transposed * q
    for i in 0..<order * order {
      #expect(abs(identity.values[i] - (i / order == i % order ? 1 : 0)) <= tolerance(order))
    }
    #expect(eigen.values == eigen.values.sorted())
  }

  @Test func anEmptyMatrixHasAnEmptySpectrum() throws {
    let eigen = try SymmetricMatrix(order: 0).eigendecomposition()
    #expect(eigen.order == 0 && eigen.vectors.isEmpty)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity], [0, 5])
  func whatIsNotANumberIsAnError(value: Double, entry: Int) throws {
    // Entry 5 of a matrix of order 3 is (1, 2), its mirror image 7.
    var matrix = indefinite(3)
    matrix.values[entry] = value
    if entry == 5 { matrix.values[7] = value }
    let error = try #require(throws: LinearAlgebraError.self) { try matrix.eigendecomposition() }
    #expect("\(error)".contains("order 3") && "\(error)".contains("NaN or infinite"))
  }

  @Test(arguments: orders) func aFunctionOfTheSpectrumIsThatOfTheMatrix(order: Int) throws {
    let matrix = indefinite(order)
    let eigen = try matrix.eigendecomposition()
    // Q diag(λ²) Qᵀ = H², and Q diag(1) Qᵀ = I.
    let square = oracle(matrix) * oracle(matrix)
    let squareStorage = eigen.matrix(withSpectrum: eigen.values.map { $0 * $0 })
    let own = squareStorage.matrix(order, order)
    #expect(relativeDistance(own.toArray(), square.values) < 0x1p-23)  // the result is rounded to float32
    let identityStorage = eigen.matrix(withSpectrum: [Double](repeating: 1, count: order))
    let identity = identityStorage.matrix(order, order)
    for r in 0..<order {
      for c in 0..<order { #expect(abs(Double(identity[r, c]) - (r == c ? 1 : 0)) < 1e-6) }
    }
  }
}
