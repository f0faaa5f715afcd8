import CKernels

/// The two sides of a module's gradient between the passes: a block of a row is leftᵀ right, summed over the positions
/// that the row stands for.
struct BlockFactors {
  /// [T, m] output gradients, normalised and projected as far as that can be done position by position.
  let left: Matrix
  /// [T, n] inputs, likewise.
  let right: Matrix
  /// [T, m] the left side of the bias, where that is another.
  let bias: Matrix?

  /// leftᵀ right over these positions, without the bias.
  fileprivate func product(_ positions: Range<Int>, into target: Matrix) {
    if positions.count == 1 {
      outerProduct(left.rows(positions), right.rows(positions), into: target)
    } else {
      multiply(left.rows(positions).transposed, right.rows(positions), into: target)
    }
  }

  /// The same in memory of its own.
  func copied(to arena: Arena) -> BlockFactors {
    func copy(_ matrix: Matrix) -> Matrix {
      let copy = arena.matrix(matrix.rows, matrix.columns)
      copy.copy(from: matrix)
      return copy
    }
    return BlockFactors(left: copy(left), right: right, bias: bias.map(copy))
  }
}

/// Makes `BlockFactors` of what passes through a module, and blocks of rows of these. Matrices lie in the arena.
struct BlockMaker {
  let projection: RandomProjection?
  let arena: Arena

  var p: Int { projection?.dimension ?? 0 }

  // MARK: Both sides

  /// activations [T, I] -> right sides, one for all parts of the module or one each.
  func rights(_ activations: Matrix, _ module: ModuleRecipe) -> [Matrix] {
    var own: [Float]?
    if case .rankOne(_, let inputs, _) = module.normalizer { own = inputs }
    guard module.form == .sketch else {
      let copy = arena.matrix(activations.rows, activations.columns)
      copy.copy(from: activations)
      if let own { copy.multiplyRows(by: own) }
      return [copy]
    }
    let kept = (module.sharesRight ? 1 : module.parts.count)
    let sketches = (0..<kept).map { _ in arena.matrix(activations.rows, p) }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let scaled = own.map { scaledCopy(activations, by: $0) } ?? activations
    for (part, sketch) in zip(module.parts, sketches) {
      guard let right = part.right?.matrix(p, module.columns) else {
        preconditionFailure("a sketch has a right matrix")
      }
      multiply(scaled, right.columns(0..<module.inputs).transposed, into: sketch)
      if module.hasBiasColumn, !module.hasOwnBias {
        // The bias is one more input that is always 1: its column of R is added to every row.
        let column = arena.vector(p)
        for i in 0..<p { column[i] = right[i, module.inputs] }
        ck_add_bias(sketch.base, sketch.stride, column, sketch.rows, p)
      }
    }
    return sketches
  }

  /// output gradients [T, O] and what `rights` has made -> factors of each part of the module. Left sides of sketches are
  /// new matrices; others may be views of the output gradients.
  func factors(_ outputGradients: Matrix, _ rights: [Matrix], _ module: ModuleRecipe) -> [BlockFactors] {
    let sketches = module.form != .sketch ? [] : module.parts.map { _ in arena.matrix(outputGradients.rows, p) }
    let biases = !module.hasOwnBias ? [] : sketches.map { arena.matrix($0.rows, p) }
    let mark = arena.mark()
    defer { if module.form == .sketch { arena.release(to: mark) } }
    var weights = outputGradients
    if case .rankOne(let outputs, _, _) = module.normalizer { weights = scaledCopy(outputGradients, by: outputs) }
    var bias: Matrix?
    if module.hasOwnBias {
      bias = module.normalizer?.bias.map { scaledCopy(outputGradients, by: $0) } ?? outputGradients
    }
    return module.parts.enumerated().map { index, part in
      let right = rights[rights.count == 1 ? 0 : index]
      // Only where nothing is formed has the left matrix a column for each output.
      guard module.form == .sketch, let left = part.left?.matrix(p, part.outputs.count) else {
        return BlockFactors(
          left: weights.columns(part.outputs), right: right, bias: bias?.columns(part.outputs))
      }
      multiply(weights.columns(part.outputs), left.transposed, into: sketches[index])
      if let bias { multiply(bias.columns(part.outputs), left.transposed, into: biases[index]) }
      return BlockFactors(left: sketches[index], right: right, bias: bias.map { _ in biases[index] })
    }
  }

  private func scaledCopy(_ matrix: Matrix, by factors: [Float]) -> Matrix {
    let copy = arena.matrix(matrix.rows, matrix.columns)
    copy.copy(from: matrix)
    copy.multiplyRows(by: factors)
    return copy
  }

  // MARK: Blocks

  /// One block, [1, its size], for the row that stands for these positions.
  ///
  /// - Precondition: the form is not `global`, whose rows are sums over modules.
  func write(
    _ factors: BlockFactors, _ positions: Range<Int>, _ part: ModuleRecipe.Part, _ module: ModuleRecipe,
    to block: Matrix
  ) {
    switch module.form {
    case .sketch:
      let target = block.reshaped(p, p)
      factors.product(positions, into: target)
      guard let bias = factors.bias, let right = part.right?.matrix(p, module.columns) else { return }
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      let column = right.columns(module.inputs..<module.columns)
      multiply(sum(bias.rows(positions)).transposed, column.transposed, into: target, accumulate: true)
    case .whole:
      writeWhole(factors, positions, part, module, to: block)
    case .formedSketch:
      guard let left = part.left, let right = part.right else { preconditionFailure("a sketch has two matrices") }
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      let shape = part.shape
      let whole = arena.matrix(1, shape.rows * shape.columns)
      writeWhole(factors, positions, part, module, to: whole)
      let half = arena.matrix(p, shape.columns)
      multiply(left.matrix(p, shape.rows), whole.reshaped(shape.rows, shape.columns), into: half)
      multiply(half, right.matrix(p, shape.columns).transposed, into: block.reshaped(p, p))
    case .global:
      preconditionFailure("blocks of the global target are sums over modules")
    }
  }

  /// The part's rows of P for the row that stands for these positions.
  private func writeWhole(
    _ factors: BlockFactors, _ positions: Range<Int>, _ part: ModuleRecipe.Part, _ module: ModuleRecipe,
    to block: Matrix
  ) {
    let whole = block.reshaped(part.outputs.count, module.columns)
    let weights = whole.columns(0..<module.inputs)
    factors.product(positions, into: weights)
    if case .elementwise(let storage, _) = module.normalizer {
      let own = storage.matrix(module.description.outputs, module.inputs).rows(part.outputs)
      for o in 0..<own.rows { ck_multiply(own.row(o), weights.row(o), own.columns) }
    }
    guard let bias = factors.bias else { return }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let sums = sum(bias.rows(positions))
    for o in 0..<whole.rows { whole[o, module.inputs] = sums.base[o] }
  }

  /// rows += flat(P) Bᵀ, a row for each of the stretches of positions, B being drawn block by block and never kept.
  func addGlobalSketch(
    _ factors: BlockFactors, _ stretches: [RowStretch], _ part: ModuleRecipe.Part, _ module: ModuleRecipe,
    to rows: Matrix
  ) {
    guard let projection else { preconditionFailure("a global sketch has a projection") }
    let size = part.outputs.count * module.columns
    // Whole gradients of a few rows at a time: at most 64 MiB of them.
    let group = max(1, min(stretches.count, (16 << 20) / size))
    for start in stride(from: 0, to: size, by: projection.globalBlock) {
      let columns = start..<min(start + projection.globalBlock, size)
      let block = projection.globalMatrix(module: part.name, start: start, columns: columns.count)
      for first in stride(from: 0, to: stretches.count, by: group) {
        let mark = arena.mark()
        defer { arena.release(to: mark) }
        let own = first..<min(first + group, stretches.count)
        let whole = arena.matrix(own.count, size)
        for (i, row) in own.enumerated() {
          writeWhole(factors, stretches[row].positions, part, module, to: whole.rows(i..<i + 1))
        }
        multiply(
          whole.columns(columns), block.matrix(projection.dimension, columns.count).transposed, into: rows.rows(own),
          accumulate: true)
      }
    }
  }

  /// Σ over rows, [1, columns].
  private func sum(_ matrix: Matrix) -> Matrix {
    let sum = arena.matrix(1, matrix.columns, zeroed: true)
    for r in 0..<matrix.rows { ck_add(matrix.row(r), sum.base, matrix.columns) }
    return sum
  }
}

extension Matrix {
  /// Every row *= factors, elementwise.
  fileprivate func multiplyRows(by factors: [Float]) {
    precondition(factors.count == columns)
    for r in 0..<rows { ck_multiply(factors, row(r), columns) }
  }
}
