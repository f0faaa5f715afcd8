extension GradientRecipe {
  /// Whole gradients as this recipe would have sketched them: L P Rᵀ of each module, or B flat(P) over all of them.
  ///
  /// - Parameters:
  ///   - rows: [n, row width of `whole`].
  ///   - whole: a recipe of the same modules that keeps gradients whole.
  /// - Returns: [n, row width], in the arena; `rows` itself where this recipe keeps gradients whole, too.
  func sketch(_ rows: Matrix, laidOutAs whole: GradientRecipe, arena: Arena) -> Matrix {
    precondition(whole.projection == nil && whole.modules == modules && rows.columns == whole.rowWidth)
    guard let projection else { return rows }
    let sketch = arena.matrix(rows.rows, rowWidth, zeroed: true)
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    for (number, module) in modules.enumerated() {
      guard let entry = entries[module], entry.parts.count == 1 else { preconditionFailure("a module is one block") }
      let part = entry.parts[0]
      let own = rows.columns(whole.blocks[number].columns)
      switch target {
      case .perModule:
        guard let left = part.left, let right = part.right else { preconditionFailure("a sketch has two matrices") }
        let (p, shape) = (projection.dimension, part.shape)
        let half = arena.matrix(p, shape.columns)
        for r in 0..<rows.rows {
          multiply(
            left.matrix(p, shape.rows), own.rows(r..<r + 1).reshaped(shape.rows, shape.columns), into: half)
          multiply(
            half, right.matrix(p, shape.columns).transposed,
            into: sketch.rows(r..<r + 1).columns(blocks[number].columns).reshaped(p, p))
        }
      case .global:
        for start in stride(from: 0, to: entry.size, by: projection.globalBlock) {
          let columns = start..<min(start + projection.globalBlock, entry.size)
          let block = projection.globalMatrix(module: part.name, start: start, columns: columns.count)
          multiply(
            own.columns(columns), block.matrix(projection.dimension, columns.count).transposed, into: sketch,
            accumulate: true)
        }
      }
    }
    return sketch
  }
}
