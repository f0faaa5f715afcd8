/// The attention of a decoder block: linear modules make queries, keys and values, heads attend, one more module mixes
/// what they bring.
package struct SelfAttention: Sublayer {
  private let input: HeadProjection
  private let heads: GroupedQueryAttention
  private let output: ModuleLinear

  package init(input: HeadProjection, heads: GroupedQueryAttention, output: ModuleLinear) {
    self.input = input
    self.heads = heads
    self.output = output
  }

  package struct Saved {
    fileprivate let input: HeadProjection.Saved  // its heads rotated
    fileprivate let context: Matrix  // [T, heads d]
    fileprivate let logSumExp: Matrix  // [heads, T]
  }

  package func makeSaved(rows: Int, in arena: Arena) -> Saved {
    Saved(
      input: input.makeSaved(rows: rows, heads, in: arena),
      context: arena.matrix(rows, heads.headCount * heads.headSize),
      logSumExp: arena.matrix(heads.headCount, rows))
  }

  package func forward(_ input: Matrix, _ saved: Saved, into output: Matrix, _ pass: ModelPass) {
    self.input.forward(input, saved.input, pass)
    heads.forward(
      saved.input.projected.heads, into: saved.context, logSumExp: saved.logSumExp, batch: pass.batch, arena: pass.arena
    )
    self.output.forward(saved.context, into: output, pass)
  }

  package func backward(_ dOutput: Matrix, _ saved: Saved, into dInput: Matrix?, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    let dContext = pass.arena.matrix(saved.context.rows, saved.context.columns)
    output.backward(dOutput, into: dContext, pass)
    let gradients = input.makeProjected(rows: dOutput.rows, heads, in: pass.arena)
    heads.backward(
      dContext, heads: saved.input.projected.heads, context: saved.context, logSumExp: saved.logSumExp,
      into: gradients.heads,
      batch: pass.batch, arena: pass.arena)
    input.backward(gradients, saved.input, into: dInput, pass)
  }
}
