import Foundation
import Synchronization
import Testing

@testable import Engine

struct PreconditionerTests {
  private static let blocks = [
    GradientBlock(name: "a", columns: 0..<3), GradientBlock(name: "b", columns: 3..<20),
  ]
  private static let width = 20

  private func gradients(_ rows: Int, seed: UInt64) -> FloatStorage {
    var random = RandomValues(seed: seed)
    return random.storage(rows * Self.width)
  }

  /// The Hessian of 40 random rows: every block has full rank.
  private func hessian() throws -> AutocorrelationHessian {
    let rows = gradients(40, seed: 1)
    let accumulator = try AutocorrelationAccumulator(blocks: Self.blocks, documents: 0..<40)
    try accumulator.consume(
      GradientBatch(
        index: 0, documents: Array(0..<40), rows: rows.matrix(40, Self.width), arena: Arena(chunkFloats: 64)))
    return try accumulator.finish(workers: 2)
  }

  private func preconditioner(_ power: HessianPower, damping: Double = 0) throws -> Preconditioner {
    try Preconditioner(
      hessian(), blocks: Self.blocks, power: power,
      inversion: InversionConfig(inversion: .dampedInverse, dampingFactor: damping), source: "here")
  }

  // Float32 products of up to 17 terms with a matrix whose condition number is of order 10.
  private static let tolerance = 2e-5

  @Test func theHessianIsTheMeanOfOuterProducts() throws {
    let storage = gradients(40, seed: 1)
    let wide = DoubleMatrix(storage.matrix(40, Self.width))
    for (block, own) in zip(Self.blocks, try hessian().blocks) {
      let part = DoubleMatrix(40, block.size) { wide[$0, block.columns.lowerBound + $1] }
      let expected = 1 / 40 * (part.transposed * part)
      #expect(own.name == block.name && own.matrix.order == block.size)
      // Float64 sums of 40 products.
      for (a, b) in zip(own.matrix.values, expected.values) { #expect(abs(a - b) < 1e-14) }
    }
  }

  @Test func theInverseUndoesTheHessian() throws {
    let hessian = try hessian()
    let storage = gradients(7, seed: 2)
    let rows = storage.matrix(7, Self.width)
    let before = DoubleMatrix(rows)
    // g H, block by block, then H⁻¹: g again.
    for (block, own) in zip(Self.blocks, hessian.blocks) {
      let h = DoubleMatrix(block.size, block.size, own.matrix.values)
      let part = DoubleMatrix(7, block.size) { before[$0, block.columns.lowerBound + $1] } * h
      for r in 0..<7 {
        for c in 0..<block.size { rows[r, block.columns.lowerBound + c] = Float(part[r, c]) }
      }
    }
    try preconditioner(.inverse).apply(to: rows, arena: Arena(chunkFloats: 64))
    #expect(relativeDistance(rows.toArray(), before.values) < Self.tolerance)
  }

  @Test(arguments: [0, 0.1]) func theInverseSquareRootTwiceIsTheInverse(damping: Double) throws {
    let (once, twice) = (gradients(7, seed: 3), gradients(7, seed: 3))
    try preconditioner(.inverse, damping: damping).apply(to: once.matrix(7, Self.width), arena: Arena(chunkFloats: 64))
    let root = try preconditioner(.inverseSquareRoot, damping: damping)
    for _ in 0..<2 { root.apply(to: twice.matrix(7, Self.width), arena: Arena(chunkFloats: 64)) }
    let expected = DoubleMatrix(once.matrix(7, Self.width)).values
    #expect(relativeDistance(twice.matrix(7, Self.width).toArray(), expected) < Self.tolerance)
  }

  @Test func rowsOfZerosStay() throws {
    let storage = FloatStorage(count: 2 * Self.width)
    try preconditioner(.inverse).apply(to: storage.matrix(2, Self.width), arena: Arena(chunkFloats: 64))
    #expect(storage.matrix(2, Self.width).toArray().allSatisfy { $0 == 0 })
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let scratch = try Scratch()
    let hessian = try hessian()
    try hessian.write(to: scratch.url)
    let read = try AutocorrelationHessian(directory: scratch.url)
    #expect(read.documentCount == 40)
    for own in hessian.blocks {
      let other = try #require(read.blocks.first { $0.name == own.name })
      #expect(other.matrix == own.matrix && other.eigen == own.eigen)
    }
    // Matrices alone are decomposed again.
    try FileManager.default.removeItem(at: scratch.url.appendingPathComponent(AutocorrelationHessian.eigenFile))
    let decomposed = try AutocorrelationHessian(directory: scratch.url)
    #expect(decomposed.blocks.map(\.eigen) == read.blocks.map(\.eigen))
  }

  // MARK: What does not belong together

  private func error(_ blocks: [GradientBlock]) throws -> PreconditionerError {
    try #require(throws: PreconditionerError.self) {
      try Preconditioner(hessian(), blocks: blocks, power: .inverse, inversion: InversionConfig(), source: "there")
    }
  }

  @Test func aBlockWithoutHessianIsNamed() throws {
    let error = try error([GradientBlock(name: "c", columns: 0..<3)])
    #expect(error == .blockMissing(directory: "there", block: "c"))
    #expect("\(error)".contains("fitted on other modules"))
  }

  @Test func aHessianOfAnotherOrderIsNamed() throws {
    let error = try error([GradientBlock(name: "a", columns: 0..<4)])
    #expect(error == .orderMismatch(directory: "there", block: "a", order: 3, expected: 4))
    #expect("\(error)".contains("another projection"))
  }

  @Test func aDirectoryWithoutHessianSaysHowToMakeOne() throws {
    let scratch = try Scratch()
    let error = try #require(throws: PreconditionerError.self) {
      try Preconditioner(
        directory: scratch.url.path, blocks: Self.blocks, power: .inverse, inversion: InversionConfig())
    }
    #expect(error == .missing(directory: scratch.url.path, file: "hessians.safetensors"))
    #expect("\(error)".contains("bergson preconditioners"))
  }

  @Test func aMatrixThatIsNotSquareIsRefused() throws {
    let scratch = try Scratch()
    var writer = SafetensorsWriter()
    writer.add("a", shape: [2, 3], [Double](repeating: 1, count: 6))
    try writer.write(to: scratch.url.appendingPathComponent(AutocorrelationHessian.matrixFile))
    let error = try #require(throws: PreconditionerError.self) { try AutocorrelationHessian(directory: scratch.url) }
    #expect("\(error)".contains("[2, 3], expected a square matrix"))
  }

  @Test func aSpectrumOfAnotherMatrixIsRefused() throws {
    let scratch = try Scratch()
    let hessian = try hessian()
    try hessian.write(to: scratch.url)
    var writer = SafetensorsWriter()
    for block in hessian.blocks {
      writer.add("\(block.name)/eigenvalues", shape: [2], [1.0, 2])
      writer.add("\(block.name)/eigenvectors", shape: [2, 2], [1.0, 0, 0, 1])
    }
    try writer.write(to: scratch.url.appendingPathComponent(AutocorrelationHessian.eigenFile))
    let error = try #require(throws: PreconditionerError.self) { try AutocorrelationHessian(directory: scratch.url) }
    #expect("\(error)".contains("hessians_eigen.safetensors") && "\(error)".contains("expected [3] and [3, 3]"))
  }

  @Test func aBlockTooLargeIsRefusedBeforeItIsMade() throws {
    let block = GradientBlock(name: "whole", columns: 0..<100_000)
    let error = try #require(throws: PreconditionerError.self) {
      try AutocorrelationAccumulator(blocks: [block], documents: 0..<1)
    }
    #expect("\(error)".contains("100000 x 100000") && "\(error)".contains("--projection_dim"))
  }

  // MARK: Accumulation

  @Test func batchesAreAddedInTheirOrderWhoeverBringsThem() throws {
    let rows = gradients(40, seed: 4)
    func hessian(workers: Int, documents: Range<Int>) throws -> [SymmetricMatrix] {
      let accumulator = try AutocorrelationAccumulator(blocks: Self.blocks, documents: documents)
      let next = Atomic(0)
      try Parallel.run(workers: workers) { _ in
        while true {
          let batch = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard batch < 8 else { return }
          let part = rows.matrix(40, Self.width).rows(5 * batch..<5 * batch + 5)
          try accumulator.consume(
            GradientBatch(
              index: batch, documents: Array(5 * batch..<5 * batch + 5), rows: part, arena: Arena(chunkFloats: 64)))
        }
      }
      return try accumulator.finish(workers: workers).blocks.map(\.matrix)
    }
    // To the last bit, also where the sample ends within a batch.
    #expect(try hessian(workers: 1, documents: 0..<40) == hessian(workers: 2, documents: 0..<40))
    #expect(try hessian(workers: 1, documents: 0..<13) == hessian(workers: 2, documents: 0..<13))
    let sample = DoubleMatrix(rows.matrix(40, Self.width).rows(0..<13).columns(0..<3))
    let expected = 1 / 13 * (sample.transposed * sample)
    for (a, b) in zip(try hessian(workers: 2, documents: 0..<13)[0].values, expected.values) {
      #expect(abs(a - b) < 1e-14)
    }
  }

  @Test func onlySampledDocumentsCount() throws {
    let accumulator = try AutocorrelationAccumulator(
      blocks: [GradientBlock(name: "a", columns: 0..<2)], documents: 0..<2)
    let rows = FloatStorage([1, 2, 3, 4, 5, 6])
    try accumulator.consume(
      GradientBatch(index: 0, documents: [1, 7, 0], rows: rows.matrix(3, 2), arena: Arena(chunkFloats: 64)))
    // Rows (1, 2) and (5, 6) of documents 1 and 0; N = 2.
    #expect(try accumulator.finish(workers: 1).blocks[0].matrix.values == [13, 16, 16, 20])
  }
}
