import Foundation
import Testing

@testable import Engine

struct QueryGradientsTests {
  private static let width = 33
  private static let modules = [GradientModule(name: "a", size: 3), GradientModule(name: "b", size: 30)]
  private static let blocks = [
    GradientBlock(name: "a", columns: 0..<3), GradientBlock(name: "b", columns: 3..<33),
  ]
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Seven rows, of which the third is zero.
  private var values: [Float] {
    var random = RandomValues(seed: 1)
    var values = random.floats(7 * Self.width)
    for c in 0..<Self.width { values[2 * Self.width + c] = 0 }
    return values
  }

  private func index(_ storage: StorageType = .float32) throws -> GradientIndex {
    let directory = scratch.url.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let writer = try GradientIndexWriter(in: directory, modules: Self.modules, rowCount: 7, storage: storage)
    try writer.write(values, count: 7, at: 0)
    try writer.close()
    return try GradientIndex(opening: directory)
  }

  private func queries(
    _ index: GradientIndex, blocks: [GradientBlock] = blocks, unit: Bool = false, blockSize: Int? = nil,
    preprocess: PreprocessConfig = PreprocessConfig()
  ) throws -> QueryGradients {
    try QueryGradients(
      index, blocks: blocks, transform: RowTransform(preconditioner: nil, unitNormalize: unit), preprocess: preprocess,
      prepared: PreprocessConfig(), blockSize: blockSize)
  }

  /// Products with five rows.
  private func scores(_ queries: QueryGradients) throws -> (values: [Float], rows: DoubleMatrix) {
    var random = RandomValues(seed: 2)
    let (rows, scores) = (random.storage(5 * queries.width), FloatStorage(count: 5 * queries.count))
    try queries.multiply(
      rows.matrix(5, queries.width), into: scores.matrix(5, queries.count), arena: Arena(chunkFloats: 64))
    return (scores.matrix(5, queries.count).toArray(), DoubleMatrix(rows.matrix(5, queries.width)))
  }

  // Sums of 33 float32 products.
  private static let tolerance = 1e-6

  @Test(arguments: [nil, 1, 2, 3, 6, 7, 100] as [Int?], [true, false])
  func heldInMemoryOrStreamedTheProductsAreTheSame(blockSize: Int?, unit: Bool) throws {
    let queries = try queries(index(), unit: unit, blockSize: blockSize)
    #expect(queries.count == 7 && queries.zeroRows == [2])
    let (own, rows) = try scores(queries)
    var wide = DoubleMatrix(7, Self.width, values.map(Double.init))
    for r in 0..<7 where unit && r != 2 {
      let norm = wide.row(r).reduce(0) { $0 + $1 * $1 }.squareRoot()
      for c in 0..<Self.width { wide[r, c] /= norm }
    }
    #expect(relativeDistance(own, (rows * wide.transposed).values) < Self.tolerance)
  }

  @Test(arguments: [nil, 2] as [Int?]) func narrowStorageIsReadAsWritten(blockSize: Int?) throws {
    let index = try index(.bfloat16)
    var stored = [Float](repeating: 0, count: 7 * Self.width)
    index.readRows(0..<7, into: &stored)
    let (own, rows) = try scores(queries(index, blockSize: blockSize))
    let expected = rows * DoubleMatrix(7, Self.width, stored.map(Double.init)).transposed
    #expect(relativeDistance(own, expected.values) < Self.tolerance)
  }

  @Test(arguments: [nil, 2] as [Int?]) func someModulesAreSomeColumns(blockSize: Int?) throws {
    let part = try queries(index(), blocks: [GradientBlock(name: "b", columns: 0..<30)], blockSize: blockSize)
    let (own, rows) = try scores(part)
    let expected = rows * DoubleMatrix(7, 30) { Double(values[$0 * Self.width + 3 + $1]) }.transposed
    #expect(relativeDistance(own, expected.values) < Self.tolerance)
  }

  @Test(arguments: [Aggregation.mean, .sum], [true, false])
  func anAggregateIsOneQueryAndZeroRowsDoNotCount(aggregation: Aggregation, normalize: Bool) throws {
    var preprocess = PreprocessConfig()
    preprocess.aggregation = aggregation
    preprocess.normalizeAggregatedGradient = normalize
    let queries = try queries(index(), preprocess: preprocess)
    #expect(queries.count == 1 && queries.zeroRows == [2])
    let (own, rows) = try scores(queries)
    var sum = DoubleMatrix(1, Self.width) { _, c in (0..<7).reduce(0) { $0 + Double(values[$1 * Self.width + c]) } }
    let norm = sum.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    sum = (normalize ? 1 / norm : aggregation == .mean ? 1.0 / 6 : 1) * sum
    #expect(relativeDistance(own, (rows * sum.transposed).values) < Self.tolerance)
  }

  @Test func blocksOfAnotherSizeAreRefused() throws {
    let blocks = [GradientBlock(name: "a", columns: 0..<3), GradientBlock(name: "b", columns: 3..<13)]
    let error = try #require(throws: QueryGradientsError.self) { try queries(index(), blocks: blocks) }
    #expect("\(error)".contains("'b' of 30 columns") && "\(error)".contains("'b' of 10"))
  }
}
