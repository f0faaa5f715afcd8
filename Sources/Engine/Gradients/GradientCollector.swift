/// Makes one row per document of a batch.
///
/// Activations are projected in the forward pass and kept as [T, p] where the recipe allows it; blocks are made in the
/// backward pass, module by module. One collector per worker.
package final class GradientCollector: RowCollector {
  private let recipe: GradientRecipe
  private let arena = Arena()
  private let maker: BlockMaker
  private var rights: [Int: [Matrix]] = [:]
  private var rows = FloatStorage(count: 0).matrix(0, 0)
  private var storage = FloatStorage(count: 0)
  package private(set) var stretches: [RowStretch] = []

  package init(recipe: GradientRecipe) {
    self.recipe = recipe
    maker = BlockMaker(projection: recipe.projection, arena: arena)
  }

  package func begin(_ batch: RaggedBatch) {
    if storage.count < batch.count * recipe.rowWidth { storage = FloatStorage(count: batch.count * recipe.rowWidth) }
    begin(batch, rows: storage.matrix(batch.count, recipe.rowWidth))
  }

  /// - Parameter rows: [documents of the batch, row width], which the next forward and backward pass fills.
  package func begin(_ batch: RaggedBatch, rows: Matrix) {
    precondition(rows.rows == batch.count && rows.columns == recipe.rowWidth)
    rows.fill(0)
    self.rows = rows
    stretches = RowStretch.documents(of: batch)
    arena.reset()
    rights.removeAll(keepingCapacity: true)
  }

  package func wants(module: Int) -> Bool { recipe.entries[module] != nil }

  package func collect(activations: Matrix, module: Int, batch: RaggedBatch) {
    guard let entry = recipe.entries[module] else { return }
    rights[module] = maker.rights(activations, entry)
  }

  package func collect(outputGradients: Matrix, module: Int, batch: RaggedBatch) {
    guard let entry = recipe.entries[module], let rights = rights.removeValue(forKey: module) else { return }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    for (part, factors) in zip(entry.parts, maker.factors(outputGradients, rights, entry)) {
      if entry.form == .global {
        maker.addGlobalSketch(factors, stretches, part, entry, to: rows)
      } else {
        for (row, stretch) in stretches.enumerated() {
          maker.write(factors, stretch.positions, part, entry, to: rows.rows(row..<row + 1).columns(part.place))
        }
      }
    }
  }

  /// All at once: a batch has no more documents than fit.
  package var rowsAtOnce: Int { max(stretches.count, 1) }

  package func rows(_ range: Range<Int>) -> Matrix { rows.rows(range) }
}
