/// One batch on its way through a model: who watches the linear modules, and where scratch memory comes from.
package struct ModelPass {
  package let batch: RaggedBatch
  /// Nil where only the model's output is wanted.
  package let collector: (any Collector)?
  package let arena: Arena
}

/// A linear layer and its place among the model's modules.
///
/// Every linear layer of a decoder runs through here, so that what a module computes and what is collected of it cannot
/// come apart.
package struct ModuleLinear: Sendable {
  /// Index into `CausalLM.modules`.
  private let module: Int
  private let linear: Linear

  package var outputs: Int { linear.outputs }
  package var inputs: Int { linear.inputs }

  package init(_ linear: Linear, module: Int) {
    self.linear = linear
    self.module = module
  }

  /// input [T, I] -> output [T, O]
  package func forward(_ input: Matrix, into output: Matrix, _ pass: ModelPass) {
    pass.collector?.collect(activations: input, module: module, batch: pass.batch)
    linear.forward(input, into: output)
  }

  /// dOutput [T, O] -> dInput [T, I], or no further than the collector where nothing below is wanted.
  package func backward(
    _ dOutput: Matrix, into dInput: Matrix?, accumulate: Bool = false, _ pass: ModelPass
  ) {
    pass.collector?.collect(outputGradients: dOutput, module: module, batch: pass.batch)
    if let dInput { linear.backward(dOutput, into: dInput, accumulate: accumulate) }
  }
}
