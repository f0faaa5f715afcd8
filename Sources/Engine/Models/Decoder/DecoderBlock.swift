/// One layer of a decoder: attention and an MLP beside the residual stream, one after the other (Vaswani et al. 2017)
/// or side by side (Wang & Komatsuzaki 2021).
package struct DecoderBlock<Norm: RowNorm, MLP: Sublayer>: Sendable {
  package typealias Attention = ResidualBranch<Norm, SelfAttention>
  package typealias FeedForward = ResidualBranch<Norm, MLP>

  /// Indices of the block's linear modules.
  package let modules: Range<Int>
  private let attention: Attention
  private let mlp: FeedForward
  private let isParallel: Bool

  package init(modules: Range<Int>, attention: Attention, mlp: FeedForward, isParallel: Bool = false) {
    self.modules = modules
    self.attention = attention
    self.mlp = mlp
    self.isParallel = isParallel
  }

  package struct Saved {
    fileprivate let attention: Attention.Saved
    fileprivate let mlp: FeedForward.Saved
  }

  /// Sequential: middle = x + attention(x), next = middle + mlp(middle). Parallel: next = x + attention(x) + mlp(x).
  package func forward(_ x: Matrix, into next: Matrix, _ pass: ModelPass) -> Saved {
    let arena = pass.arena
    let middle = isParallel ? x : arena.matrix(x.rows, x.columns)
    let saved = Saved(
      attention: attention.makeSaved(for: x, in: arena), mlp: mlp.makeSaved(for: middle, in: arena))
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    if isParallel {
      attention.forward(x, saved.attention, into: next, pass)
      next.add(x)
      let output = arena.matrix(x.rows, x.columns)
      mlp.forward(x, saved.mlp, into: output, pass)
      next.add(output)
    } else {
      attention.forward(x, saved.attention, into: middle, pass)
      middle.add(x)
      mlp.forward(middle, saved.mlp, into: next, pass)
      next.add(middle)
    }
    return saved
  }

  /// `dStream` comes in as the gradient of the block's output and leaves as that of its input. Without `needsInput` the
  /// pass ends with the block's first modules and what is left in `dStream` means nothing.
  package func backward(_ dStream: Matrix, _ saved: Saved, needsInput: Bool, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    if isParallel {
      // Both saw x, and both see the gradient of the output.
      let dNext = pass.arena.matrix(dStream.rows, dStream.columns)
      dNext.copy(from: dStream)
      mlp.backward(dNext, saved.mlp, addingTo: needsInput ? dStream : nil, pass)
      attention.backward(dNext, saved.attention, addingTo: needsInput ? dStream : nil, pass)
    } else {
      mlp.backward(dStream, saved.mlp, addingTo: dStream, pass)
      attention.backward(dStream, saved.attention, addingTo: needsInput ? dStream : nil, pass)
    }
  }
}
