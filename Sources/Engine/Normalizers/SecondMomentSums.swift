import CKernels

/// Which second moments are kept of a module's gradients.
package enum NormalizerKind: String, Codable, Hashable, Sendable, CaseIterable {
  case none, adam, adafactor
}

/// Σ over documents of the squares of their gradients P = gᵀ a: of each element [O, I] for Adam, of the rows' and the
/// columns' means for Adafactor, and of the bias's gradient.
///
/// Sums are in float64 and in the order of batches, so that they do not depend on threads.
package final class SecondMomentSums: Sendable {
  package let modules: [HessianModule]
  let isFactored: Bool
  let sums: [Int: Sums]

  struct Sums: Sendable {
    /// [O, I]; of a factored sum [1, O], the means over inputs.
    let weight: OrderedSum
    /// [1, I], the means over outputs; of factored sums only.
    let column: OrderedSum?
    /// [1, O]; of modules whose rows have a column for the bias.
    let bias: OrderedSum?

    var all: [OrderedSum] { [weight, column, bias].compactMap(\.self) }
  }

  /// - Precondition: `kind` is one that has moments.
  package init(_ kind: NormalizerKind, modules: [HessianModule]) {
    precondition(kind != .none, "there are no moments to sum")
    let isFactored = kind == .adafactor
    self.isFactored = isFactored
    self.modules = modules
    sums = Dictionary(
      uniqueKeysWithValues: modules.map { module in
        let (outputs, inputs) = (module.outputs, module.inputs)
        return (
          module.index,
          Sums(
            weight: isFactored ? OrderedSum(rows: 1, columns: outputs) : OrderedSum(rows: outputs, columns: inputs),
            column: isFactored ? OrderedSum(rows: 1, columns: inputs) : nil,
            bias: module.hasBiasColumn ? OrderedSum(rows: 1, columns: outputs) : nil)
        )
      })
  }

  /// Bytes that the sums take.
  package static func byteCount(_ kind: NormalizerKind, _ modules: [HessianModule]) -> Int {
    modules.reduce(0) { total, module in
      let numbers = kind == .adafactor ? module.outputs + module.inputs : module.outputs * module.inputs
      return total + MemoryLayout<Double>.stride * (numbers + (module.hasBiasColumn ? module.outputs : 0))
    }
  }

  package func abandon() {
    for sum in sums.values.flatMap(\.all) { sum.abandon() }
  }

  /// A module's means over documents, which is then given away.
  package func take(_ module: HessianModule, documents: Int) -> SecondMoments {
    guard let sums = sums[module.index] else { preconditionFailure("no sums of \(module.name)") }
    func means(_ sum: OrderedSum) -> [Double] { sum.take().map { $0 / Double(max(documents, 1)) } }
    let bias = sums.bias.map { means($0).map(Float.init) }
    if let column = sums.column {
      return SecondMoments(
        weight: .factored(row: means(sums.weight).map(Float.init), column: means(column).map(Float.init)), bias: bias)
    }
    return SecondMoments(
      weight: .full(FloatStorage(means(sums.weight)).matrix(module.outputs, module.inputs)), bias: bias)
  }
}

/// Brings a worker's batches into `SecondMomentSums`.
package final class SecondMomentCollector: BatchCollector {
  private let sums: SecondMomentSums
  private let modules: [Int: HessianModule]
  private let arena = Arena()
  private var kept: [Int: Matrix] = [:]
  private var batchIndex = 0
  private var failure: (any Error)?

  package init(_ sums: SecondMomentSums) {
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

  package func collect(activations: Matrix, module: Int, batch: RaggedBatch) {
    guard failure == nil, modules[module] != nil else { return }
    let copy = arena.matrix(activations.rows, activations.columns)
    copy.copy(from: activations)
    kept[module] = copy
  }

  package func collect(outputGradients: Matrix, module index: Int, batch: RaggedBatch) {
    guard failure == nil, let module = modules[index], let sums = sums.sums[index],
      let activations = kept.removeValue(forKey: index)
    else { return }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let gradient = arena.matrix(module.outputs, module.inputs)
    let squares = arena.matrix(module.outputs, module.inputs, zeroed: true)
    for document in 0..<batch.count {
      let positions = batch.positions(document)
      multiply(outputGradients.rows(positions).transposed, activations.rows(positions), into: gradient)
      ck_add_squares(gradient.base, squares.base, gradient.rows * gradient.columns)
    }
    do {
      if let column = sums.column {
        let (rowMeans, columnMeans) = means(squares)
        try sums.weight.add(rowMeans, batch: batchIndex)
        try column.add(columnMeans, batch: batchIndex)
      } else {
        try sums.weight.add(squares, batch: batchIndex)
      }
      if let bias = sums.bias { try bias.add(biasSquares(outputGradients, batch), batch: batchIndex) }
    } catch {
      failure = error
    }
  }

  /// The means of rows [1, O] and of columns [1, I].
  private func means(_ squares: Matrix) -> (rows: Matrix, columns: Matrix) {
    let rows = arena.matrix(1, squares.rows)
    var sums = [Double](repeating: 0, count: squares.columns)
    for r in 0..<squares.rows {
      let row = UnsafeBufferPointer(start: squares.row(r), count: squares.columns)
      rows.base[r] = Float(row.reduce(0.0) { $0 + Double($1) } / Double(squares.columns))
      ck_add_widened(squares.row(r), 1 / Double(squares.rows), &sums, squares.columns)
    }
    let columns = arena.matrix(1, squares.columns)
    for c in 0..<squares.columns { columns.base[c] = Float(sums[c]) }
    return (rows, columns)
  }

  /// Σ over documents of the squares of the bias's gradient, [1, O].
  private func biasSquares(_ outputGradients: Matrix, _ batch: RaggedBatch) -> Matrix {
    let columns = outputGradients.columns
    let squares = arena.matrix(1, columns, zeroed: true)
    let sum = arena.matrix(1, columns)
    for document in 0..<batch.count {
      sum.fill(0)
      for position in batch.positions(document) { ck_add(outputGradients.row(position), sum.base, columns) }
      ck_add_squares(sum.base, squares.base, columns)
    }
    return squares
  }
}
