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
      guard let entry = whole.entries[module] else { continue }
      let own = rows.columns(whole.blocks[number].columns)
      let name = entry.description.name
      switch target {
      case .perModule:
        let (p, outputs) = (projection.dimension, entry.description.outputs)
        let left = projection.matrix(module: name, side: .left, columns: outputs).matrix(p, outputs)
        let right = projection.matrix(module: name, side: .right, columns: entry.columns).matrix(p, entry.columns)
        let half = arena.matrix(p, entry.columns)
        for r in 0..<rows.rows {
          multiply(left, own.rows(r..<r + 1).reshaped(outputs, entry.columns), into: half)
          multiply(
            half, right.transposed,
            into: sketch.rows(r..<r + 1).columns(blocks[number].columns).reshaped(p, p))
        }
      case .global:
        for start in stride(from: 0, to: entry.size, by: projection.globalBlock) {
          let columns = start..<min(start + projection.globalBlock, entry.size)
          let block = projection.globalMatrix(module: name, start: start, columns: columns.count)
          multiply(
            own.columns(columns), block.matrix(projection.dimension, columns.count).transposed, into: sketch,
            accumulate: true)
        }
      }
    }
    return sketch
  }
}
