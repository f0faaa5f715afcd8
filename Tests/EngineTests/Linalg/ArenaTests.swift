import Testing

@testable import Engine

struct ArenaTests {
  @Test(arguments: [1, 3, 7, 17, 33, 65, 130]) func everyMatrixStartsOnACacheLine(columns: Int) {
    let arena = Arena(chunkFloats: 256)
    for _ in 0..<10 {
      let matrix = arena.matrix(3, columns)
      #expect(UInt(bitPattern: matrix.base) % 64 == 0)
      #expect(matrix.isContiguous && matrix.rows == 3 && matrix.columns == columns)
    }
  }

  @Test func livingMatricesDoNotOverlapWhenTheArenaGrows() {
    let arena = Arena(chunkFloats: 64)
    // Fits, fits, a chunk of the usual size, and one that needs a chunk of its own.
    let matrices = [10, 30, 40, 1000, 5, 64].map { arena.matrix(1, $0) }
    for (i, matrix) in matrices.enumerated() { matrix.fill(Float(i)) }
    for (i, matrix) in matrices.enumerated() {
      #expect(matrix.toArray() == [Float](repeating: Float(i), count: matrix.columns))
    }
  }

  @Test func whatIsReleasedIsGivenAgain() {
    let arena = Arena(chunkFloats: 64)
    let kept = arena.matrix(1, 16)
    kept.fill(7)
    let mark = arena.mark()
    let first = (0..<5).map { _ in arena.matrix(1, 40).base }
    arena.release(to: mark)
    let second = (0..<5).map { _ in arena.matrix(1, 40).base }
    #expect(first == second)
    #expect(kept.toArray() == [Float](repeating: 7, count: 16))
  }

  @Test func theSameBatchAfterAResetCostsNoNewMemory() {
    let arena = Arena(chunkFloats: 64)
    func batch() -> [UnsafeMutablePointer<Float>] { [100, 1, 64, 65, 3].map { arena.vector($0) } }
    let first = batch()
    arena.reset()
    #expect(batch() == first)
  }

  @Test func zeroedMatricesAreZeroWhereOthersHaveBeen() {
    let arena = Arena(chunkFloats: 64)
    arena.matrix(4, 7).fill(3)
    arena.reset()
    #expect(arena.matrix(4, 7, zeroed: true).toArray() == [Float](repeating: 0, count: 28))
  }

  @Test func anEmptyMatrixTakesNothing() {
    let arena = Arena(chunkFloats: 64)
    let empty = arena.matrix(0, 5)
    #expect(empty.rows == 0)
    #expect(arena.matrix(1, 1).base == empty.base)
  }
}
