import CKernels

/// The eigenvalues that fit best in given eigenbases: Σ over documents of (Q_Gᵀ P Q_A)², [O, I] per module (EK-FAC,
/// George et al. 2018).
package final class EigenvalueCorrection: Sendable {
  let bases: [Int: KroneckerEigenbasis]
  let sums: [Int: OrderedSum]

  package init(_ bases: [KroneckerEigenbasis]) {
    self.bases = Dictionary(uniqueKeysWithValues: bases.map { ($0.module.index, $0) })
    sums = self.bases.mapValues { OrderedSum(rows: $0.module.outputs, columns: $0.module.columns) }
  }

  package func abandon() {
    for sum in sums.values { sum.abandon() }
  }

  /// The mean over documents [O, I] of a module, which is then given away.
  package func take(_ module: HessianModule, documents: Int) -> [Float] {
    guard let sum = sums[module.index] else { preconditionFailure("no sums of \(module.name)") }
    return sum.take().map { Float($0 / Double(max(documents, 1))) }
  }
}

/// Brings a worker's batches into an `EigenvalueCorrection`.
package final class EigenvalueCorrectionCollector: BatchCollector {
  private let correction: EigenvalueCorrection
  private let arena = Arena()
  private var rotated: [Int: Matrix] = [:]
  private var batchIndex = 0
  private var failure: (any Error)?

  package init(_ correction: EigenvalueCorrection) {
    self.correction = correction
  }

  package func begin(batch: Int) {
    batchIndex = batch
    arena.reset()
    rotated.removeAll(keepingCapacity: true)
  }

  package func end() throws {
    if let failure { throw failure }
  }

  package func wants(module: Int) -> Bool { correction.bases[module] != nil }

  package func collect(activations: Matrix, module index: Int, batch: RaggedBatch) {
    guard failure == nil, let basis = correction.bases[index] else { return }
    let module = basis.module
    let vectors = basis.activationVectors.matrix(module.columns, module.columns)
    let result = arena.matrix(activations.rows, module.columns)
    multiply(activations, vectors.rows(0..<module.inputs), into: result)
    // The bias is one more input that is always 1.
    if module.hasBiasColumn {
      ck_add_bias(result.base, result.stride, vectors.row(module.inputs), result.rows, result.columns)
    }
    rotated[index] = result
  }

  package func collect(outputGradients: Matrix, module index: Int, batch: RaggedBatch) {
    guard failure == nil, let basis = correction.bases[index], let sum = correction.sums[index],
      let activations = rotated.removeValue(forKey: index)
    else { return }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let module = basis.module
    let gradients = arena.matrix(outputGradients.rows, module.outputs)
    multiply(outputGradients, basis.gradientVectors.matrix(module.outputs, module.outputs), into: gradients)
    let whole = arena.matrix(module.outputs, module.columns)
    let squares = arena.matrix(module.outputs, module.columns, zeroed: true)
    for document in 0..<batch.count {
      let positions = batch.positions(document)
      multiply(gradients.rows(positions).transposed, activations.rows(positions), into: whole)
      ck_add_squares(whole.base, squares.base, whole.rows * whole.columns)
    }
    do {
      try sum.add(squares, batch: batchIndex)
    } catch {
      failure = error
    }
  }
}
