import CKernels
import Foundation

/// The query side of scoring: rows that are held in memory if they fit, and streamed from their index if not.
///
/// Unprojected gradients of many queries are gigabytes; reading them once per batch of documents is cheaper than making
/// the documents' gradients once per block of queries.
package final class QueryGradients: Sendable {
  /// Queries after aggregation.
  package let count: Int
  package let width: Int
  /// Rows that are exactly zero: they score 0 with everything.
  package let zeroRows: [Int]
  private let source: Source

  private enum Source: Sendable {
    case memory(FloatStorage)
    /// Raw rows of the index, in pieces of their columns, and the factor that normalises each row.
    case stream(IndexStream, pieces: [Range<Int>], factors: [Float], queriesAtOnce: Int)
  }

  /// Memory that all queries together may take before they are streamed.
  private static let memoryLimit = 96 << 20
  /// Floats of one streamed piece, per worker: 12 MiB.
  private static let pieceFloats = 3 << 20

  /// Queries ready to be multiplied with document rows.
  ///
  /// - Parameters:
  ///   - index: gradient rows of the queries.
  ///   - blocks: layout of the scored columns, named as in the index.
  ///   - prepared: what was done to the rows when they were stored; it is not done again.
  ///   - blockSize: most queries in memory at once; nil for as many as fit.
  package init(
    _ index: GradientIndex, blocks: [GradientBlock], transform: RowTransform, preprocess: PreprocessConfig,
    prepared: PreprocessConfig, blockSize: Int?
  ) throws {
    guard !index.hasTokenRows else { throw QueryGradientsError.tokenRows(path: index.directory.path) }
    let columns = try index.columns(of: blocks.map(\.name))
    let names = Set(blocks.map(\.name))
    let stored = index.modules.filter { names.contains($0.name) }
    for (own, other) in zip(blocks, stored) where own.name != other.name || own.size != other.size {
      throw QueryGradientsError.otherLayout(
        path: index.directory.path, block: other.name, size: other.size, expectedBlock: own.name,
        expectedSize: own.size)
    }
    let width = blocks.reduce(0) { $0 + $1.size }
    self.width = width
    let own = RowTransform(
      preconditioner: prepared.preconditionerPath == nil ? transform.preconditioner : nil,
      unitNormalize: transform.unitNormalize && !prepared.unitNormalize)
    let aggregation = prepared.aggregation == .none ? preprocess.aggregation : .none
    let rowBytes = max(width, 1) * MemoryLayout<Float>.stride
    let fits = index.rowCount * rowBytes <= Self.memoryLimit && (blockSize ?? .max) >= index.rowCount
    if aggregation != .none {
      let (row, zero) = Self.aggregate(
        index, columns: columns, width: width, transform: own, aggregation,
        normalize: preprocess.normalizeAggregatedGradient && !prepared.normalizeAggregatedGradient)
      count = 1
      zeroRows = zero
      source = .memory(row)
    } else if fits || own.preconditioner != nil {
      if let blockSize, blockSize < index.rowCount {
        throw QueryGradientsError.preconditionedInBlocks(queries: index.rowCount, blockSize: blockSize)
      }
      let storage = FloatStorage(count: index.rowCount * width)
      index.readRows(0..<index.rowCount, columns: columns, into: storage.base)
      let matrix = storage.matrix(index.rowCount, width)
      own.apply(to: matrix, arena: Arena())
      count = index.rowCount
      zeroRows = (0..<index.rowCount).filter { ck_sum_of_squares(matrix.row($0), width) == 0 }
      source = .memory(storage)
    } else {
      count = index.rowCount
      let queriesAtOnce = max(1, min(blockSize ?? .max, index.rowCount, Self.pieceFloats / 1024))
      let pieces = Self.pieces(of: columns, size: Self.pieceFloats / queriesAtOnce)
      let stream = try IndexStream(index)
      let norms = try Self.norms(stream, pieces, count: index.rowCount)
      zeroRows = norms.indices.filter { norms[$0] == 0 }
      let largest = Double(Float.greatestFiniteMagnitude)  // what 1 / norm exceeds for rows next to zero
      let factors = norms.map { own.unitNormalize && $0 > 0 ? Float(min(1 / $0, largest)) : 1 }
      source = .stream(stream, pieces: pieces, factors: factors, queriesAtOnce: queriesAtOnce)
    }
  }

  private static func pieces(of columns: [Range<Int>], size: Int) -> [Range<Int>] {
    // Neighbouring modules are one stretch of the row.
    var stretches: [Range<Int>] = []
    for range in columns {
      if let last = stretches.last, last.upperBound == range.lowerBound {
        stretches[stretches.count - 1] = last.lowerBound..<range.upperBound
      } else {
        stretches.append(range)
      }
    }
    return stretches.flatMap { stretch in
      stride(from: stretch.lowerBound, to: stretch.upperBound, by: size).map {
        $0..<min($0 + size, stretch.upperBound)
      }
    }
  }

  private static func norms(_ stream: IndexStream, _ pieces: [Range<Int>], count: Int) throws -> [Double] {
    let buffer = FloatStorage(count: pieces.map(\.count).max() ?? 0)
    return try (0..<count).map { query in
      try pieces.reduce(0.0) { sum, piece in
        try stream.read(query..<query + 1, columns: piece, into: buffer.matrix(1, piece.count))
        return sum + ck_sum_of_squares(buffer.base, piece.count)
      }.squareRoot()
    }
  }

  private static func aggregate(
    _ index: GradientIndex, columns: [Range<Int>], width: Int, transform: RowTransform, _ aggregation: Aggregation,
    normalize: Bool
  ) -> (row: FloatStorage, zeroRows: [Int]) {
    var sums = [Double](repeating: 0, count: width)
    var zeroRows: [Int] = []
    let storage = FloatStorage(count: width)
    let row = storage.matrix(1, width)
    let arena = Arena()
    for query in 0..<index.rowCount {
      index.readRows(query..<query + 1, columns: columns, into: storage.base)
      if ck_sum_of_squares(storage.base, width) == 0 { zeroRows.append(query) }
      transform.apply(to: row, arena: arena)
      for i in 0..<width { sums[i] += Double(storage.base[i]) }
    }
    // Documents under two tokens have rows of zeros, and a mean is over documents that have a gradient.
    let counted = index.rowCount - zeroRows.count
    return (AggregationSink.row(sums, count: counted, aggregation, normalize: normalize), zeroRows)
  }

  /// [count, width] where all queries are in memory.
  var matrix: Matrix? {
    guard case .memory(let storage) = source else { return nil }
    return storage.matrix(count, width)
  }

  /// scores[:, q] = rows . query q for all queries; rows [n, width], scores [n, count].
  package func multiply(_ rows: Matrix, into scores: Matrix, arena: Arena) throws {
    precondition(rows.columns == width && scores.columns == count && scores.rows == rows.rows)
    switch source {
    case .memory(let storage):
      Engine.multiply(rows, storage.matrix(count, width).transposed, into: scores)
    case .stream(let stream, let pieces, let factors, let queriesAtOnce):
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      let buffer = arena.matrix(1, Self.pieceFloats)
      for start in stride(from: 0, to: count, by: queriesAtOnce) {
        let queries = start..<min(start + queriesAtOnce, count)
        let part = scores.columns(queries)
        part.fill(0)
        var offset = 0
        for piece in pieces {
          let block = buffer.reshaped(queries.count, piece.count)
          try stream.read(queries, columns: piece, into: block)
          let own = rows.columns(offset..<offset + piece.count)
          Engine.multiply(own, block.transposed, into: part, accumulate: true)
          offset += piece.count
        }
        for r in 0..<part.rows {
          for (i, query) in queries.enumerated() { part[r, i] *= factors[query] }
        }
      }
    }
  }
}

package enum QueryGradientsError: Error, Equatable, CustomStringConvertible {
  case otherLayout(path: String, block: String, size: Int, expectedBlock: String, expectedSize: Int)
  case preconditionedInBlocks(queries: Int, blockSize: Int)
  case tokenRows(path: String)

  package var description: String {
    switch self {
    case .otherLayout(let path, let block, let size, let expectedBlock, let expectedSize):
      "the query index in '\(path)' has '\(block)' of \(size) columns where this run's gradients have "
        + "'\(expectedBlock)' of \(expectedSize); make both with the same model"
    case .preconditionedInBlocks(let queries, let blockSize):
      "--query_batch_size \(blockSize) cannot be kept: queries are preconditioned all \(queries) at once; leave it away, "
        + "or store them preconditioned ('bergson build --preconditioner_path')"
    case .tokenRows(let path):
      "the query index in '\(path)' has a row for every token, and a query is a text; build it without --attribute_tokens"
    }
  }
}
