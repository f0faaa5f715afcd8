import CKernels

/// Makes one row per document of a batch: each module's gradient gᵀ a over the document's positions, sketched as
/// (g Lᵀ)ᵀ (a Rᵀ) where the recipe projects, so that an O x I matrix is formed only where it is asked for.
///
/// Activations are projected in the forward pass and kept as [T, p]. One collector per worker.
package final class GradientCollector: Collector {
  private let recipe: GradientRecipe
  private let arena = Arena()
  private var kept: [Int: Matrix] = [:]
  private var rows = FloatStorage(count: 0).matrix(0, 0)

  package init(recipe: GradientRecipe) {
    self.recipe = recipe
  }

  /// Rows [documents of the batch, row width] that the next forward and backward pass fills.
  package func begin(rows: Matrix) {
    precondition(rows.columns == recipe.rowWidth)
    rows.fill(0)
    self.rows = rows
    arena.reset()
    kept.removeAll(keepingCapacity: true)
  }

  package func wants(module: Int) -> Bool { recipe.entries[module] != nil }

  package func collect(activations: Matrix, module: Int, batch: RaggedBatch) {
    guard let entry = recipe.entries[module] else { return }
    guard let right = entry.right else {
      let copy = arena.matrix(activations.rows, activations.columns)
      copy.copy(from: activations)
      kept[module] = copy
      return
    }
    // a Rᵀ, the bias being one more input that is always 1: its column of R is added to every row.
    let p = recipe.projectionDim
    let matrix = right.matrix(p, entry.columns)
    let sketch = arena.matrix(activations.rows, p)
    multiply(activations, matrix.columns(0..<entry.description.inputs).transposed, into: sketch)
    if entry.hasBiasColumn {
      let column = arena.vector(p)
      for i in 0..<p { column[i] = matrix[i, entry.description.inputs] }
      ck_add_bias(sketch.base, sketch.stride, column, sketch.rows, p)
    }
    kept[module] = sketch
  }

  package func collect(outputGradients: Matrix, module: Int, batch: RaggedBatch) {
    guard let entry = recipe.entries[module], let activations = kept.removeValue(forKey: module) else { return }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    if let left = entry.left {
      let p = recipe.projectionDim
      let sketch = arena.matrix(outputGradients.rows, p)
      multiply(outputGradients, left.matrix(p, entry.description.outputs).transposed, into: sketch)
      for document in 0..<batch.count {
        let positions = batch.positions(document)
        let target = part(of: document, entry, size: p * p).reshaped(p, p)
        multiply(sketch.rows(positions).transposed, activations.rows(positions), into: target)
      }
    } else if recipe.projection == nil {
      for document in 0..<batch.count {
        write(
          gradientOf: batch.positions(document), entry, outputGradients, activations,
          to: part(of: document, entry, size: entry.size))
      }
    } else {
      addGlobalSketch(entry, outputGradients, activations, batch)
    }
  }

  /// The module's stretch of a document's row.
  private func part(of document: Int, _ entry: GradientRecipe.Entry, size: Int) -> Matrix {
    rows.rows(document..<document + 1).columns(entry.offset..<entry.offset + size)
  }

  /// The whole gradient gᵀ a of one document, [O, columns] row-major.
  private func write(
    gradientOf positions: Range<Int>, _ entry: GradientRecipe.Entry, _ outputGradients: Matrix, _ activations: Matrix,
    to row: Matrix
  ) {
    let inputs = entry.description.inputs
    let whole = row.reshaped(entry.description.outputs, entry.columns)
    let target = whole.columns(0..<inputs)
    let g = outputGradients.rows(positions)
    multiply(g.transposed, activations.rows(positions), into: target)
    guard entry.hasBiasColumn else { return }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let sum = arena.matrix(1, g.columns, zeroed: true)
    for t in 0..<g.rows { ck_add(g.row(t), sum.base, g.columns) }
    for o in 0..<g.columns { whole[o, inputs] = sum.base[o] }
  }

  /// row += flat(P) Bᵀ for every document, B being drawn block by block and never kept.
  private func addGlobalSketch(
    _ entry: GradientRecipe.Entry, _ outputGradients: Matrix, _ activations: Matrix, _ batch: RaggedBatch
  ) {
    guard let projection = recipe.projection else { return }
    // Whole gradients of a few documents at a time: at most 64 MiB of them.
    let group = max(1, min(batch.count, (16 << 20) / entry.size))
    for start in stride(from: 0, to: entry.size, by: projection.globalBlock) {
      let columns = start..<min(start + projection.globalBlock, entry.size)
      let block = projection.globalMatrix(module: entry.description.name, start: start, columns: columns.count)
      for first in stride(from: 0, to: batch.count, by: group) {
        let mark = arena.mark()
        defer { arena.release(to: mark) }
        let documents = first..<min(first + group, batch.count)
        let whole = arena.matrix(documents.count, entry.size)
        for document in documents {
          write(
            gradientOf: batch.positions(document), entry, outputGradients, activations,
            to: whole.rows(document - first..<document - first + 1))
        }
        multiply(
          whole.columns(columns), block.matrix(projection.dimension, columns.count).transposed,
          into: rows.rows(documents), accumulate: true)
      }
    }
  }
}
