import CKernels

extension BlockMaker {
  /// Floats of each of the two stacks of products.
  private static let stackFloats = 4 << 20

  /// L (F ∘ gᵀa) Rᵀ for single positions, F being factors of single entries: one block, [1, p x p], a position.
  ///
  /// L (F ∘ gᵀa) is ((L diag g) F) diag a: of many positions at once that is one product with F, which is then read once
  /// for all of them, where forming each gradient would read and write as much memory as F takes three times.
  ///
  /// - Precondition: the module's form is `formedSketch`, its normalizer elementwise, and its parts are not reshaped.
  func writeTokens(
    _ factors: BlockFactors, _ stretches: [RowStretch], _ part: ModuleRecipe.Part, _ module: ModuleRecipe,
    to blocks: Matrix
  ) {
    guard case .elementwise(let storage, _) = module.normalizer,
      let left = part.left?.matrix(p, part.outputs.count), let right = part.right?.matrix(p, module.columns)
    else { preconditionFailure("a module with factors and a sketch of its own shape") }
    precondition(part.shape == (part.outputs.count, module.columns) && blocks.isContiguous)
    let own = storage.matrix(module.description.outputs, module.inputs).rows(part.outputs)
    let atOnce = max(1, Self.stackFloats / (p * max(own.rows, own.columns)))
    for start in stride(from: 0, to: stretches.count, by: atOnce) {
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      let taken = stretches[start..<min(start + atOnce, stretches.count)]
      let scaled = arena.matrix(taken.count * p, own.rows)  // L diag g
      for (i, stretch) in taken.enumerated() {
        for k in 0..<p {
          scaled.row(i * p + k).update(from: left.row(k), count: own.rows)
          ck_multiply(factors.left.row(stretch.positions.lowerBound), scaled.row(i * p + k), own.rows)
        }
      }
      let halves = arena.matrix(taken.count * p, own.columns)
      multiply(scaled, own, into: halves)
      for (i, stretch) in taken.enumerated() {
        for k in 0..<p {
          ck_multiply(factors.right.row(stretch.positions.lowerBound), halves.row(i * p + k), own.columns)
        }
      }
      let target = blocks.rows(start..<start + taken.count)
      multiply(halves, right.columns(0..<own.columns).transposed, into: target.reshaped(taken.count * p, p))
      guard let bias = factors.bias else { continue }
      let column = right.columns(module.inputs..<module.columns)
      let sketch = arena.matrix(1, p)
      for (i, stretch) in taken.enumerated() {
        multiply(bias.rows(stretch.positions), left.transposed, into: sketch)
        multiply(
          sketch.transposed, column.transposed, into: target.rows(i..<i + 1).reshaped(p, p), accumulate: true)
      }
    }
  }
}
