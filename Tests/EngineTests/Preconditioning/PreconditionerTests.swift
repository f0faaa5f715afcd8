import Foundation
import Testing

@testable import Engine

@Suite struct PreconditionerTests {
  /// Two blocks of 5 and 3 columns with the Gram matrices of 40 random rows.
  private struct Sample {
    let blocks = [GradientBlock(name: "a", columns: 0..<5), GradientBlock(name: "b", columns: 5..<8)]
    let rows: FloatStorage
    let hessian: AutocorrelationHessian

    init() throws {
      var random = RandomValues(seed: 1)
      rows = random.storage(40 * 8)
      let accumulator = try AutocorrelationAccumulator(blocks: blocks, documents: 0..<40)
      let matrix = rows.matrix(40, 8)
      try accumulator.consume(GradientBatch(index: 0, documents: Array(0..<40), rows: matrix, arena: Arena()))
      hessian = try accumulator.finish(workers: 2)
    }

    func preconditioner(_ power: HessianPower) throws -> Preconditioner {
      try Preconditioner(
        hessian, blocks: blocks, power: power,
        inversion: InversionConfig(inversion: .dampedInverse, dampingFactor: 0), source: "here")
    }
  }

  /// float32 products of order 5 with a condition number of about 10.
  private static let tolerance: Float = 1e-5

  @Test func theInverseUndoesTheHessian() throws {
    let sample = try Sample()
    let own = FloatStorage(count: 5 * 8)
    let rows = own.matrix(5, 8)
    // Rows of H itself: H H⁻¹ = I.
    for r in 0..<5 { for c in 0..<5 { rows[r, c] = Float(sample.hessian.blocks[0].matrix[r, c]) } }
    try sample.preconditioner(.inverse).apply(to: rows, arena: Arena())
    for r in 0..<5 {
      for c in 0..<8 { #expect(abs(rows[r, c] - (r == c ? 1 : 0)) < Self.tolerance) }
    }
  }

  @Test func twoHalvesMakeAWhole() throws {
    let sample = try Sample()
    let (once, twice) = (FloatStorage(count: 3 * 8), FloatStorage(count: 3 * 8))
    for i in 0..<24 {
      once.base[i] = sample.rows.base[i]
      twice.base[i] = sample.rows.base[i]
    }
    try sample.preconditioner(.inverse).apply(to: once.matrix(3, 8), arena: Arena())
    let half = try sample.preconditioner(.inverseSquareRoot)
    for _ in 0..<2 { half.apply(to: twice.matrix(3, 8), arena: Arena()) }
    for i in 0..<24 { #expect(abs(once.base[i] - twice.base[i]) < 10 * Self.tolerance) }
  }

  @Test func theGramMatrixIsTheMeanOfOuterProducts() throws {
    let sample = try Sample()
    let rows = sample.rows.matrix(40, 8)
    for r in 0..<3 {
      for c in 0..<3 {
        let expected = (0..<40).reduce(0.0) { $0 + Double(rows[$1, 5 + r]) * Double(rows[$1, 5 + c]) } / 40
        #expect(abs(sample.hessian.blocks[1].matrix[r, c] - expected) < 1e-12)
      }
    }
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    let sample = try Sample()
    let scratch = try Scratch()
    try sample.hessian.write(to: scratch.url)
    let read = try AutocorrelationHessian(directory: scratch.url)
    #expect(read.documentCount == 40)
    for (own, other) in zip(sample.hessian.blocks, read.blocks) {
      #expect(own.name == other.name && own.matrix == other.matrix && own.eigen == other.eigen)
    }
    // Without decompositions they are made again.
    try FileManager.default.removeItem(at: scratch.url.appendingPathComponent("hessians_eigen.safetensors"))
    #expect(try AutocorrelationHessian(directory: scratch.url).blocks[0].eigen == sample.hessian.blocks[0].eigen)
  }

  @Test func blocksThatDoNotFitAreErrors() throws {
    let sample = try Sample()
    func make(_ blocks: [GradientBlock]) throws {
      _ = try Preconditioner(
        sample.hessian, blocks: blocks, power: .inverse, inversion: InversionConfig(), source: "runs/h")
    }
    #expect(throws: PreconditionerError.blockMissing(directory: "runs/h", block: "c")) {
      try make([GradientBlock(name: "c", columns: 0..<5)])
    }
    #expect(throws: PreconditionerError.orderMismatch(directory: "runs/h", block: "a", order: 5, expected: 4)) {
      try make([GradientBlock(name: "a", columns: 0..<4)])
    }
    let scratch = try Scratch()
    #expect(throws: PreconditionerError.missing(directory: scratch.url.path, file: "hessians.safetensors")) {
      try AutocorrelationHessian(directory: scratch.url)
    }
    #expect(throws: PreconditionerError.self) {
      try AutocorrelationAccumulator(blocks: [GradientBlock(name: "a", columns: 0..<100_000)], documents: 0..<1)
    }
  }

  @Test func onlySampledDocumentsCount() throws {
    let blocks = [GradientBlock(name: "a", columns: 0..<2)]
    let accumulator = try AutocorrelationAccumulator(blocks: blocks, documents: 0..<2)
    let rows = FloatStorage(count: 6)
    for (i, value) in [Float(1), 2, 3, 4, 5, 6].enumerated() { rows.base[i] = value }
    try accumulator.consume(
      GradientBatch(index: 0, documents: [1, 7, 0], rows: rows.matrix(3, 2), arena: Arena()))
    // Rows (1, 2) and (5, 6) of documents 1 and 0; N = 2.
    #expect(try accumulator.finish(workers: 1).blocks[0].matrix.values == [13, 16, 16, 20])
  }
}
