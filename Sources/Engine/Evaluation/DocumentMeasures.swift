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
    if index.hasTokenRows { throw EvaluationError.tokenIndex(path: directory.path) }
    let norms = Self.norms(index)
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

  private static func norms(_ index: GradientIndex) -> [Float] {
    let width = max(index.rowWidth, 1)
    let block = max(1, (8 << 20) / (width * MemoryLayout<Float>.stride))
    let storage = FloatStorage(count: block * width)
    var norms: [Float] = []
    norms.reserveCapacity(index.rowCount)
    for start in stride(from: 0, to: index.rowCount, by: block) {
      let rows = start..<min(start + block, index.rowCount)
      index.readRows(rows, into: storage.base)
      for i in 0..<rows.count {
        norms.append(Float(Double(ck_sum_of_squares(storage.base + i * width, index.rowWidth)).squareRoot()))
      }
    }
    return norms
  }
}
