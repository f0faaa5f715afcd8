import Testing

@testable import Engine

/// The plumbing around `CausalAttention`, which has its own oracle: which head of which document goes where.
struct GroupedQueryAttentionTests {
  private static let (headSize, heads, shared) = (6, 4, 2)
  private static let batch = TinyGPTNeoX.batch(lengths: [5, 0, 66, 1])

  private struct Pass {
    let heads: Heads
    let context: Matrix
    let logSumExp: Matrix
    let gradients: Heads
  }

  private static func layer(keyValueHeads: Int, rotary: RotaryEmbedding?) -> GroupedQueryAttention {
    GroupedQueryAttention(
      headSize: headSize, headCount: heads, keyValueHeadCount: keyValueHeads, rotary: rotary,
      attention: CausalAttention(scale: 0.4, window: 50))
  }

  /// Both passes over heads that hold `values` (by head: query, key, value columns), gradients starting as noise.
  private func run(_ layer: GroupedQueryAttention, _ heads: Heads, _ gradients: Heads, arena: Arena) -> Pass {
    let rows = Self.batch.tokenCount
    let context = arena.matrix(rows, Self.heads * Self.headSize)
    let logSumExp = arena.matrix(Self.heads, rows)
    layer.forward(heads, into: context, logSumExp: logSumExp, batch: Self.batch, arena: arena)
    var random = RandomValues(seed: 77)
    let dContext = random.storage(rows * context.columns).matrix(rows, context.columns)
    layer.backward(
      dContext, heads: heads, context: context, logSumExp: logSumExp, into: gradients, batch: Self.batch, arena: arena)
    return Pass(heads: heads, context: context, logSumExp: logSumExp, gradients: gradients)
  }

  private func separate(_ random: inout RandomValues, keyValueHeads: Int) -> Heads {
    let rows = Self.batch.tokenCount
    func matrix(_ count: Int) -> Matrix {
      random.storage(rows * count * Self.headSize).matrix(rows, count * Self.headSize)
    }
    return Heads(
      query: matrix(Self.heads), key: matrix(keyValueHeads), value: matrix(keyValueHeads), spacing: Self.headSize)
  }

  private func head(_ matrix: Matrix, _ index: Int) -> Matrix {
    matrix.columns(index * Self.headSize..<(index + 1) * Self.headSize)
  }

  /// Groups of query heads see the same key and value as if each had a copy, whose gradients add up.
  @Test func sharedHeadsAreCopiesWhoseGradientsAddUp() {
    var random = RandomValues(seed: 1)
    let arena = Arena(chunkFloats: 1 << 14)
    let rotary = RotaryEmbedding(dimensions: 4, base: 100, positions: 66)
    let grouped = separate(&random, keyValueHeads: Self.shared)
    let whole = separate(&random, keyValueHeads: Self.heads)
    whole.query.copy(from: grouped.query)
    for index in 0..<Self.heads {
      head(whole.key, index).copy(from: head(grouped.key, index / 2))
      head(whole.value, index).copy(from: head(grouped.value, index / 2))
    }
    let few = run(
      Self.layer(keyValueHeads: Self.shared, rotary: rotary), grouped, separate(&random, keyValueHeads: Self.shared),
      arena: arena)
    let many = run(
      Self.layer(keyValueHeads: Self.heads, rotary: rotary), whole, separate(&random, keyValueHeads: Self.heads),
      arena: arena)
    #expect(few.context.toArray() == many.context.toArray())
    #expect(few.gradients.query.toArray() == many.gradients.query.toArray())
    for (own, other) in [(few.gradients.key, many.gradients.key), (few.gradients.value, many.gradients.value)] {
      for index in 0..<Self.shared {
        let sum = DoubleMatrix(head(other, 2 * index)) + DoubleMatrix(head(other, 2 * index + 1))
        // Two float32 sums in another order.
        #expect(relativeDistance(head(own, index).toArray(), sum.values) < 1e-6)
      }
    }
  }

  /// A document alone has the same numbers as beside others.
  @Test func documentsDoNotSeeEachOther() {
    let rotary = RotaryEmbedding(dimensions: 6, base: 100, positions: 66)
    func context(changing row: Int?) -> Matrix {
      var random = RandomValues(seed: 3)
      let heads = separate(&random, keyValueHeads: Self.shared)
      if let row {
        for matrix in [heads.query, heads.key, heads.value] { matrix.rows(row..<row + 1).fill(3) }
      }
      let arena = Arena(chunkFloats: 1 << 14)
      let gradients = separate(&random, keyValueHeads: Self.shared)
      return run(Self.layer(keyValueHeads: Self.shared, rotary: rotary), heads, gradients, arena: arena).context
    }
    let (before, after) = (context(changing: nil), context(changing: 5))  // the first row of the third document
    #expect(before.rows(0..<5).toArray() == after.rows(0..<5).toArray())
    #expect(before.rows(71..<72).toArray() == after.rows(71..<72).toArray())
    #expect(before.rows(5..<71).toArray() != after.rows(5..<71).toArray())
  }

  /// Heads may lie interleaved in one matrix: the numbers are those of separate ones, and no column is forgotten.
  @Test func interleavedHeadsHaveTheSameNumbers() {
    var random = RandomValues(seed: 5)
    let arena = Arena(chunkFloats: 1 << 14)
    let d = Self.headSize
    func interleaved(_ matrix: Matrix) -> Heads {
      Heads(
        query: matrix.columns(0..<matrix.columns - 2 * d), key: matrix.columns(d..<matrix.columns - d),
        value: matrix.columns(2 * d..<matrix.columns), spacing: 3 * d)
    }
    let rows = Self.batch.tokenCount
    let separateHeads = separate(&random, keyValueHeads: Self.heads)
    let (whole, dWhole) = (arena.matrix(rows, 3 * Self.heads * d), arena.matrix(rows, 3 * Self.heads * d))
    dWhole.fill(.nan)
    for (kind, matrix) in [separateHeads.query, separateHeads.key, separateHeads.value].enumerated() {
      for index in 0..<Self.heads {
        whole.columns((3 * index + kind) * d..<(3 * index + kind + 1) * d).copy(from: head(matrix, index))
      }
    }
    let layer = Self.layer(keyValueHeads: Self.heads, rotary: nil)
    let one = run(layer, separateHeads, separate(&random, keyValueHeads: Self.heads), arena: arena)
    let other = run(layer, interleaved(whole), interleaved(dWhole), arena: arena)
    #expect(one.context.toArray() == other.context.toArray())
    let gradients = [one.gradients.query, one.gradients.key, one.gradients.value]
    for (kind, matrix) in gradients.enumerated() {
      for index in 0..<Self.heads {
        let columns = dWhole.columns((3 * index + kind) * d..<(3 * index + kind + 1) * d)
        #expect(columns.toArray() == head(matrix, index).toArray(), "part \(kind) of head \(index)")
      }
    }
  }
}
