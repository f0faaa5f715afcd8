/// One batch on its way through a model: who watches the linear modules, and where scratch memory comes from.
package struct ModelPass {
  package let batch: RaggedBatch
  /// Nil where only the model's output is wanted.
  package let collector: (any Collector)?
  package let arena: Arena
  /// Whether adapters add what they have learnt.
  package var usesAdapter = true
}

/// A linear layer and its place among the model's modules: its own, or those of the adapter's matrices beside it.
///
/// Every linear layer of a decoder runs through here, so that what a module computes and what is collected of it cannot
/// come apart.
package struct ModuleLinear: Sendable {
  private let linear: Linear
  /// Index into `CausalLM.modules`; nil under an adapter, whose matrices are the only modules.
  private let module: Int?
  private let adapter: AdapterModules?

  package var outputs: Int { linear.outputs }
  package var inputs: Int { linear.inputs }

  package init(_ linear: Linear, module: Int) {
    self.linear = linear
    self.module = module
    adapter = nil
  }

  /// A layer of a model under an adapter, which may leave this one alone.
  package init(_ linear: Linear, adapter: AdapterModules?) {
    self.linear = linear
    module = nil
    self.adapter = adapter
  }

  /// input [T, I] -> output [T, O]
  package func forward(_ input: Matrix, into output: Matrix, _ pass: ModelPass) {
    if let module { pass.collector?.collect(activations: input, module: module, batch: pass.batch) }
    linear.forward(input, into: output)
    if pass.usesAdapter { adapter?.forward(input, addingTo: output, pass) }
  }

  /// dOutput [T, O] -> dInput [T, I], or no further than the collector where nothing below is wanted.
  package func backward(
    _ dOutput: Matrix, into dInput: Matrix?, accumulate: Bool = false, _ pass: ModelPass
  ) {
    if let module { pass.collector?.collect(outputGradients: dOutput, module: module, batch: pass.batch) }
    if let dInput { linear.backward(dOutput, into: dInput, accumulate: accumulate) }
    adapter?.backward(dOutput, addingTo: dInput, pass)
  }
}
