import CKernels

/// Brings a worker's batches into the sums of `CovarianceSums`.
package final class CovarianceCollector: BatchCollector {
  private let sums: CovarianceSums
  private let modules: [Int: HessianModule]
  private let arena = Arena()
  private var kept: [Int: Matrix] = [:]
  private var batchIndex = 0
  private var failure: (any Error)?

  package init(sums: CovarianceSums) {
    self.sums = sums
    modules = Dictionary(uniqueKeysWithValues: sums.modules.map { ($0.index, $0) })
  }

  package func begin(batch: Int) {
    batchIndex = batch
    arena.reset()
    kept.removeAll(keepingCapacity: true)
  }

  package func end() throws {
    if let failure { throw failure }
  }

  package func wants(module: Int) -> Bool { modules[module] != nil }

  package func collect(activations: Matrix, module index: Int, batch: RaggedBatch) {
    guard failure == nil, let module = modules[index], let sum = sums.sums[index] else { return }
    if sums.method == .kfac {
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      add(gramOf: inputs(activations, module, batch), to: sum.activation)
    } else {
      // The other factor decides what becomes of it.
      kept[index] = inputs(activations, module, batch)
    }
  }

  package func collect(outputGradients: Matrix, module index: Int, batch: RaggedBatch) {
    guard failure == nil, let sum = sums.sums[index] else { return }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    switch sums.method {
    case .kfac:
      add(gramOf: outputGradients, to: sum.gradient)
    case .tkfac:
      guard let a = kept.removeValue(forKey: index) else { return }
      add(gramOf: outputGradients, to: sum.gradient, factor: squares(a))
      add(gramOf: a, to: sum.activation, factor: squares(outputGradients))
    case .shampoo:
      guard let a = kept.removeValue(forKey: index) else { return }
      let gradient = arena.matrix(outputGradients.columns, a.columns)
      multiply(predicting(outputGradients, batch).transposed, a, into: gradient)
      add(gramOf: gradient, to: sum.activation)
      let outer = arena.matrix(gradient.rows, gradient.rows)
      multiply(gradient, gradient.transposed, into: outer)
      add(outer, to: sum.gradient)
    }
  }

  /// The rows of all positions but each document's last, with a column of ones where the bias takes part.
  private func inputs(_ activations: Matrix, _ module: HessianModule, _ batch: RaggedBatch) -> Matrix {
    let gathered = predicting(activations, batch, columns: module.columns)
    if module.hasBiasColumn {
      for r in 0..<gathered.rows { gathered[r, module.inputs] = 1 }
    }
    return gathered
  }

  private func predicting(_ rows: Matrix, _ batch: RaggedBatch, columns: Int? = nil) -> Matrix {
    let gathered = arena.matrix(batch.tokenCount - batch.count, columns ?? rows.columns)
    var target = 0
    for document in 0..<batch.count {
      for position in batch.positions(document).dropLast() {
        gathered.row(target).update(from: rows.row(position), count: rows.columns)
        target += 1
      }
    }
    return gathered
  }

  private func squares(_ rows: Matrix) -> Double {
    (0..<rows.rows).reduce(0) { $0 + ck_sum_of_squares(rows.row($1), rows.columns) }
  }

  private func add(gramOf rows: Matrix, to sum: OrderedSum, factor: Double = 1) {
    let part = arena.matrix(rows.columns, rows.columns)
    gram(of: rows, into: part)
    add(part, to: sum, factor: factor)
  }

  private func add(_ part: Matrix, to sum: OrderedSum, factor: Double = 1) {
    do {
      try sum.add(part, factor: factor, triangle: true, batch: batchIndex)
    } catch {
      failure = error
    }
  }
}
