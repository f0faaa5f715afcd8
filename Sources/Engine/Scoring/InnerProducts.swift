import CKernels
import Foundation

/// Scores whole gradients against queries without forming them: ⟨gᵀa, Q⟩ = Σ_t g_t · Q a_t, and lengths by
/// |gᵀa|² = Σ_st (g_s · g_t)(a_s · a_t) (the Gram trick of ghost clipping, Goodfellow 2015, https://arxiv.org/abs/1510.01799).
///
/// A gradient of [O, I] is written and read once per document or token; where queries are few, these products cost less.
final class InnerProductCollector: Collector {
  private let recipe: GradientRecipe
  /// [queries, row width].
  private let queries: Matrix
  private let ofTokens: Bool
  private let arena = Arena()
  private var kept: [Int: Matrix] = [:]
  /// [T, queries], the sums over modules.
  private var products: [Double] = []
  /// Squared lengths of documents' gradients, or of tokens'.
  private var squares: [Double] = []

  init(recipe: GradientRecipe, queries: Matrix, ofTokens: Bool) {
    precondition(recipe.isPlain && queries.columns == recipe.rowWidth)
    self.recipe = recipe
    self.queries = queries
    self.ofTokens = ofTokens
  }

  func begin(_ batch: RaggedBatch) {
    arena.reset()
    kept.removeAll(keepingCapacity: true)
    products = [Double](repeating: 0, count: batch.tokenCount * queries.rows)
    squares = [Double](repeating: 0, count: ofTokens ? batch.tokenCount : batch.count)
  }

  func wants(module: Int) -> Bool { recipe.entries[module] != nil }

  func collect(activations: Matrix, module: Int, batch: RaggedBatch) {
    guard recipe.entries[module] != nil else { return }
    let copy = arena.matrix(activations.rows, activations.columns)
    copy.copy(from: activations)
    kept[module] = copy
  }

  func collect(outputGradients: Matrix, module: Int, batch: RaggedBatch) {
    guard let entry = recipe.entries[module], let activations = kept.removeValue(forKey: module) else { return }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    for part in entry.parts {
      let gradients = outputGradients.columns(part.outputs)
      addProducts(gradients, activations, entry, part)
      addSquares(gradients, activations, hasBias: entry.hasBiasColumn, batch)
    }
  }

  private func addProducts(
    _ gradients: Matrix, _ activations: Matrix, _ entry: ModuleRecipe, _ part: ModuleRecipe.Part
  ) {
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let along = arena.matrix(gradients.rows, gradients.columns)
    let dots = arena.vector(gradients.rows)
    for query in 0..<queries.rows {
      let whole = queries.rows(query..<query + 1).columns(part.place).reshaped(gradients.columns, entry.columns)
      multiply(activations, whole.columns(0..<entry.inputs).transposed, into: along)
      if entry.hasBiasColumn {
        let bias = arena.vector(gradients.columns)
        for o in 0..<gradients.columns { bias[o] = whole[o, entry.inputs] }
        ck_add_bias(along.base, along.stride, bias, along.rows, along.columns)
      }
      ck_row_dot(gradients.base, gradients.stride, along.base, along.stride, gradients.rows, gradients.columns, dots)
      for t in 0..<gradients.rows { products[t * queries.rows + query] += Double(dots[t]) }
    }
  }

  private func addSquares(_ gradients: Matrix, _ activations: Matrix, hasBias: Bool, _ batch: RaggedBatch) {
    let one = hasBias ? 1.0 : 0
    if ofTokens {
      for t in 0..<gradients.rows {
        squares[t] +=
          ck_sum_of_squares(gradients.row(t), gradients.columns)
          * (ck_sum_of_squares(activations.row(t), activations.columns) + one)
      }
      return
    }
    for document in 0..<batch.count {
      let mark = arena.mark()
      defer { arena.release(to: mark) }
      let positions = batch.positions(document)
      let (g, a) = (gradients.rows(positions), activations.rows(positions))
      let (ofG, ofA) = (arena.matrix(g.rows, g.rows), arena.matrix(g.rows, g.rows))
      multiply(g, g.transposed, into: ofG)
      multiply(a, a.transposed, into: ofA)
      var sum = 0.0
      for i in 0..<g.rows * g.rows { sum += Double(ofG.base[i]) * (Double(ofA.base[i]) + one) }
      // What is zero but for rounding may come out below it.
      squares[document] += max(sum, 0)
    }
  }

  // MARK: Results

  /// Scores of the stretches [stretches, queries], divided by the lengths of the gradients if these are to be of unit length.
  func scores(_ stretches: [RowStretch], unitNormalize: Bool, into target: Matrix) {
    for (row, stretch) in stretches.enumerated() {
      let norm = unitNormalize ? norm(of: stretch) : 1
      for query in 0..<queries.rows {
        let sum = stretch.positions.reduce(0.0) { $0 + products[$1 * queries.rows + query] }
        target[row, query] = norm > 0 ? Float(sum / norm) : 0
      }
    }
  }

  func norm(of stretch: RowStretch) -> Double {
    squares[ofTokens ? stretch.positions.lowerBound : stretch.document].squareRoot()
  }
}

extension GradientRecipe {
  /// Whether rows are whole gradients as they are: neither sketched nor multiplied entry by entry.
  var isPlain: Bool { projection == nil && entries.values.allSatisfy { $0.normalizer == nil } }

  /// What scoring by inner products and scoring of formed gradients cost, in floating-point operations; the traffic of formed
  /// gradients counts as operations that the machine could have done meanwhile.
  ///
  /// - Parameters:
  ///   - lengths: tokens of each document.
  func scoringCost(lengths: [Int32], queries: Int, ofTokens: Bool) -> (products: Double, formed: Double) {
    // Measured: 1,006 documents of 40 tokens of the demo took as long in both ways at 2.9 queries.
    let traffic = 140.0
    let tokens = lengths.reduce(0.0) { $0 + Double($1) }
    let squares = lengths.reduce(0.0) { $0 + Double($1) * Double($1) }
    let rows = ofTokens ? tokens : Double(lengths.count)
    var (products, formed) = (0.0, 0.0)
    for entry in entries.values {
      let (size, sides) = (Double(entry.size), Double(entry.description.outputs + entry.columns))
      products += 2 * size * tokens * Double(queries) + 2 * sides * (ofTokens ? tokens : squares)
      formed += 2 * size * (tokens + rows * Double(queries)) + traffic * size * rows
    }
    return (products, formed)
  }
}
