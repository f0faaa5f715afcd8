import CKernels

/// The two modules of an adapted linear layer, A and then B, and their places among the model's modules.
package struct AdapterModules: Sendable {
  private let update: LowRankUpdate
  /// Indices into `CausalLM.modules`.
  private let a: Int
  private let b: Int

  /// - Parameter first: index of A; B comes next.
  package init(_ update: LowRankUpdate, first: Int) {
    self.update = update
    a = first
    b = first + 1
  }

  /// input [T, I]; adds to output [T, O] what the adapter makes of it.
  package func forward(_ input: Matrix, addingTo output: Matrix, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    let inner = pass.arena.matrix(input.rows, update.rank)
    pass.collector?.collect(activations: input, module: a, batch: pass.batch)
    update.reduce(input, into: inner)
    pass.collector?.collect(activations: inner, module: b, batch: pass.batch)
    update.expand(inner, addingTo: output)
  }

  /// dOutput [T, O]; adds to dInput [T, I], unless nothing below is wanted, what goes through the adapter.
  package func backward(_ dOutput: Matrix, addingTo dInput: Matrix?, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    if let collector = pass.collector, collector.wants(module: b) {
      let scaled = pass.arena.matrix(dOutput.rows, dOutput.columns)
      scaled.copy(from: dOutput)
      ck_scale(scaled.base, update.scale, scaled.rows * scaled.columns)
      collector.collect(outputGradients: scaled, module: b, batch: pass.batch)
    }
    let dInner = pass.arena.matrix(dOutput.rows, update.rank)
    update.backwardExpand(dOutput, into: dInner)
    pass.collector?.collect(outputGradients: dInner, module: a, batch: pass.batch)
    if let dInput { update.backwardReduce(dInner, addingTo: dInput) }
  }
}
