/// Makes one row per document of a batch.
///
/// Activations are projected in the forward pass and kept as [T, p] where the recipe allows it; blocks are made in the
/// backward pass, module by module. One collector per worker.
package final class GradientCollector: Collector {
  private let recipe: GradientRecipe
  private let arena = Arena()
  private let maker: BlockMaker
  private var rights: [Int: [Matrix]] = [:]
  private var rows = FloatStorage(count: 0).matrix(0, 0)

  package init(recipe: GradientRecipe) {
    self.recipe = recipe
    maker = BlockMaker(projection: recipe.projection, arena: arena)
  }

  /// Rows [documents of the batch, row width] that the next forward and backward pass fills.
  package func begin(rows: Matrix) {
    precondition(rows.columns == recipe.rowWidth)
    rows.fill(0)
    self.rows = rows
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
        maker.addGlobalSketch(factors, (0..<batch.count).map(batch.positions), part, entry, to: rows)
      } else {
        for document in 0..<batch.count {
          let block = rows.rows(document..<document + 1).columns(part.place)
          maker.write(factors, batch.positions(document), part, entry, to: block)
        }
      }
    }
  }
}
