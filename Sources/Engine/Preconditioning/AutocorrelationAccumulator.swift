import Foundation
import Synchronization

/// Sums gᵀg over gradient rows, block by block, in float64.
///
/// Batches are added in their order, whichever worker has made them, so that the sum does not depend on threads.
package final class AutocorrelationAccumulator: GradientSink {
  private let blocks: [GradientBlock]
  private let documents: Range<Int>
  private let rowCount: Int
  private let sums: Mutex<[SymmetricMatrix]>
  private let turn = Turnstile()
  private let known: KnownSums?

  /// Memory that a Gram matrix may take: beyond this a preconditioner is refused rather than attempted.
  package static let largestMatrix = 2 << 30

  /// - Parameters:
  ///   - documents: rows of the data set that take part; the statistics limit.
  ///   - tokenOffsets: where each document's token rows begin, and the end; nil for a row per document.
  package convenience init(blocks: [GradientBlock], documents: Range<Int>, tokenOffsets: [Int]? = nil) throws {
    try self.init(blocks: blocks, documents: documents, tokenOffsets: tokenOffsets, known: nil)
  }

  /// - Parameter known: sums that are begun with, and whose documents are not added again.
  init(blocks: [GradientBlock], documents: Range<Int>, tokenOffsets: [Int]? = nil, known: KnownSums?) throws {
    for block in blocks where block.size > Int(Double(Self.largestMatrix / 8).squareRoot()) {
      throw PreconditionerError.tooLarge(block: block.name, size: block.size, bytes: block.size * block.size * 8)
    }
    self.blocks = blocks
    self.documents = documents
    rowCount = tokenOffsets.map { $0[documents.upperBound] - $0[documents.lowerBound] } ?? documents.count
    self.known = known
    let begun = Dictionary(uniqueKeysWithValues: (known?.hessian.blocks ?? []).map { ($0.name, $0.matrix) })
    sums = Mutex(
      try blocks.map { block in
        guard let known else { return SymmetricMatrix(order: block.size) }
        let name = AutocorrelationHessian.name(ofBlock: block.name)
        guard var sum = begun[name], sum.order == block.size else {
          throw PreconditionerError.blockMissing(directory: known.file.path, block: name)
        }
        sum.scale(by: Double(known.hessian.documentCount))
        return sum
      })
  }

  package func consume(_ batch: GradientBatch) throws {
    let taken = batch.documents.indices.filter { row in
      documents.contains(batch.documents[row]) && !(known?.contains(batch.documents[row]) ?? false)
    }
    try turn.perform(batch.index, isLast: batch.isLast) {
      guard !taken.isEmpty else { return }
      sums.withLock { sums in
        for (i, block) in blocks.enumerated() {
          let rows = batch.rows.columns(block.columns)
          if taken.count == batch.documents.count {
            sums[i].accumulateGram(of: rows)
          } else {
            for row in taken { sums[i].accumulateGram(of: rows.rows(row..<row + 1)) }
          }
        }
      }
    }
  }

  package func abandon() { turn.abandon() }

  /// GᵀG / N with its eigendecompositions, which are spread over `workers` threads.
  package func finish(workers: Int) throws -> AutocorrelationHessian {
    let matrices = sums.withLock { sums in
      sums.map { sum in
        var mean = sum
        mean.mirror()
        mean.scale(by: 1 / Double(max(rowCount, 1)))
        return mean
      }
    }
    let decompositions = try Parallel.map(matrices, workers: workers) { try $0.eigendecomposition() }
    let finished = blocks.indices.map { i in
      AutocorrelationHessian.Block(
        name: AutocorrelationHessian.name(ofBlock: blocks[i].name), matrix: matrices[i], eigen: decompositions[i])
    }
    return AutocorrelationHessian(blocks: finished, documentCount: rowCount)
  }
}
