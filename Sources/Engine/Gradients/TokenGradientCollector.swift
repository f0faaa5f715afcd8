/// Makes one row per token of a batch: the gradient at every position that has a next token, whether the loss is taken
/// there or not, so that the rows of a document sum to its own.
///
/// A token's row is as wide as a document's, and a batch has thousands of tokens: only the two sides of each module's
/// gradient are kept, [T, p] each where the recipe allows it, and rows are made of them some at a time.
package final class TokenGradientCollector: RowCollector {
  private let recipe: GradientRecipe
  private let arena = Arena()
  private let maker: BlockMaker
  private var rights: [Int: [Matrix]] = [:]
  private var kept: [(place: Range<Int>, block: Block)] = []
  private var global = FloatStorage(count: 0).matrix(0, 0)
  private var storage = FloatStorage(count: 0)
  package private(set) var stretches: [RowStretch] = []

  private enum Block {
    case factors(BlockFactors, ModuleRecipe.Part, ModuleRecipe)
    /// [rows, block size], where the sides are wider than what is made of them.
    case finished(Matrix)
  }

  package init(recipe: GradientRecipe) {
    self.recipe = recipe
    maker = BlockMaker(projection: recipe.projection, arena: arena)
  }

  package func begin(_ batch: RaggedBatch) {
    arena.reset()
    rights.removeAll(keepingCapacity: true)
    kept.removeAll(keepingCapacity: true)
    stretches = RowStretch.tokens(of: batch)
    if recipe.isGlobal { global = arena.matrix(stretches.count, recipe.rowWidth, zeroed: true) }
  }

  package func wants(module: Int) -> Bool { recipe.entries[module] != nil }

  package func collect(activations: Matrix, module: Int, batch: RaggedBatch) {
    guard let entry = recipe.entries[module] else { return }
    rights[module] = maker.rights(activations, entry)
  }

  package func collect(outputGradients: Matrix, module: Int, batch: RaggedBatch) {
    guard let entry = recipe.entries[module], let rights = rights.removeValue(forKey: module) else { return }
    switch entry.form {
    case .sketch:
      for (part, factors) in zip(entry.parts, maker.factors(outputGradients, rights, entry)) {
        kept.append((part.place, .factors(factors, part, entry)))
      }
    case .whole:
      for (part, factors) in zip(entry.parts, maker.factors(outputGradients, rights, entry)) {
        kept.append((part.place, .factors(factors.copied(to: arena), part, entry)))
      }
    case .formedSketch:
      let blocks = entry.parts.map { arena.matrix(stretches.count, $0.place.count) }
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      let factors = maker.factors(outputGradients, rights, entry)
      for ((part, factors), block) in zip(zip(entry.parts, factors), blocks) {
        if entry.normalizer?.isElementwise == true, part.shape == (part.outputs.count, entry.columns) {
          maker.writeTokens(factors, stretches, part, entry, to: block)
        } else {
          for (row, stretch) in stretches.enumerated() {
            maker.write(factors, stretch.positions, part, entry, to: block.rows(row..<row + 1))
          }
        }
        kept.append((part.place, .finished(block)))
      }
    case .global:
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      for (part, factors) in zip(entry.parts, maker.factors(outputGradients, rights, entry)) {
        maker.addGlobalSketch(factors, stretches, part, entry, to: global)
      }
    }
  }

  package var rowsAtOnce: Int { recipe.isGlobal ? max(stretches.count, 1) : recipe.rowsThatFit }

  package func rows(_ range: Range<Int>) -> Matrix {
    if recipe.isGlobal { return global.rows(range) }
    if storage.count < range.count * recipe.rowWidth { storage = FloatStorage(count: range.count * recipe.rowWidth) }
    let rows = storage.matrix(range.count, recipe.rowWidth)
    for (place, block) in kept {
      let target = rows.columns(place)
      switch block {
      case .factors(let factors, let part, let module):
        for (row, stretch) in stretches[range].enumerated() {
          maker.write(factors, stretch.positions, part, module, to: target.rows(row..<row + 1))
        }
      case .finished(let blocks): target.copy(from: blocks.rows(range))
      }
    }
    return rows
  }
}
