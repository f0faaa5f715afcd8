import CKernels
import Foundation

/// What an index knows of its documents without any query: their losses and the norms of their gradients. A method has to
/// be better than these to have found out anything about the query.
struct DocumentMeasures: Sendable {
  /// Of each document; nil where the run has not stored them.
  let losses: [Float]?
  /// Of each document's row.
  let norms: [Float]

  /// - Parameters:
  ///   - documentCount: documents that were scored.
  ///   - candidates: the places of those among the documents of the index; nil where they are all of them.
  /// - Throws: `EvaluationError.otherIndex` where the index is of other documents, and what opening its files throws.
  init(_ directory: URL, documentCount: Int, candidates: [Int]?) throws {
    let index = try GradientIndex(opening: directory)
    let isOfThese =
      candidates.map { ($0.max() ?? 0) < index.documentCount } ?? (index.documentCount == documentCount)
    guard isOfThese else {
      throw EvaluationError.otherIndex(
        path: directory.path, documents: index.documentCount, scored: documentCount)
    }
    let norms = try Self.norms(index)
    self.norms = candidates.map { $0.map { norms[$0] } } ?? norms
    let stored = directory.appendingPathComponent(ArrowDataset.folderName)
    guard FileManager.default.fileExists(atPath: stored.path) else {
      losses = nil
      return
    }
    guard case .float32(let all) = try ArrowDataset.read(["loss"], from: stored)[0].values,
      all.count == index.documentCount
    else {
      throw IndexFileError.malformed(path: stored.path, reason: "has no float32 'loss' of every document")
    }
    losses = candidates.map { $0.map { all[$0] } } ?? all
  }

  private static func norms(_ index: GradientIndex) throws -> [Float] {
    let rows = try index.documentRows()
    let block = max(1, (8 << 20) / (max(index.rowWidth, 1) * MemoryLayout<Float>.stride))
    let storage = FloatStorage(count: block * index.rowWidth)
    var norms: [Float] = []
    norms.reserveCapacity(rows.count)
    for start in stride(from: 0, to: rows.count, by: block) {
      let documents = start..<min(start + block, rows.count)
      let gradients = storage.matrix(documents.count, index.rowWidth)
      index.read(documents, of: rows, into: gradients)
      for i in 0..<documents.count {
        norms.append(Float(ck_sum_of_squares(gradients.row(i), index.rowWidth).squareRoot()))
      }
    }
    return norms
  }
}
