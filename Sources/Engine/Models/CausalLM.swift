/// A linear module whose per-document gradients can be attributed. Names are relative to the base model, as
/// `layers.0.attention.dense`.
package struct ModuleDescription: Sendable, Hashable {
  package let name: String
  package let outputs: Int
  package let inputs: Int
  package let hasBias: Bool

  package init(name: String, outputs: Int, inputs: Int, hasBias: Bool) {
    self.name = name
    self.outputs = outputs
    self.inputs = inputs
    self.hasBias = hasBias
  }
}

/// One of a model's parameters, in the order and under the name that torch's `named_parameters()` gives it: optimizers
/// know parameters by nothing else.
package struct ParameterDescription: Sendable, Hashable {
  /// In the full model, as `gpt_neox.layers.0.attention.dense.weight`; of an adapter, as
  /// `gpt_neox.layers.0.attention.dense.lora_A.default.weight`.
  package let name: String
  /// As it is stored: the weights of GPT-2 are [inputs, outputs].
  package let shape: [Int]
  package let role: Role
  /// Whether training changes it: under an adapter, only what the adapter brings.
  package let isTrained: Bool

  package enum Role: Sendable, Hashable {
    /// Of the linear module of this index into `CausalLM.modules`.
    case weight(module: Int, isTransposed: Bool)
    case bias(module: Int)
    case layerNorm
    case other
  }

  package init(name: String, shape: [Int], role: Role, isTrained: Bool) {
    self.name = name
    self.shape = shape
    self.role = role
    self.isTrained = isTrained
  }

  package var count: Int { shape.reduce(1, *) }
}

/// Receives what passes through a model's linear modules. Gradients, covariances and eigenvalue corrections are all
/// collectors; a module's weight gradient for one document is gᵀ a over its positions.
///
/// One collector serves one worker at a time. Matrices are valid only during the call.
package protocol Collector: AnyObject {
  /// Whether anything is wanted of this module (an index into `CausalLM.modules`).
  func wants(module: Int) -> Bool
  /// Forward pass: the inputs a [T, I] of a module.
  func collect(activations: Matrix, module: Int, batch: RaggedBatch)
  /// Backward pass: the gradients g [T, O] of its outputs.
  func collect(outputGradients: Matrix, module: Int, batch: RaggedBatch)
}

/// A causal language model with a hand-written backward pass.
package protocol CausalLM: Sendable {
  /// Linear modules in the model's own order; head and embeddings are not among them.
  var modules: [ModuleDescription] { get }
  var vocabularySize: Int { get }
  /// Longest document that the model can read.
  var maximumLength: Int { get }
  /// Every parameter once, a head that is tied to the embedding not at all.
  var parameters: [ParameterDescription] { get }

  /// Runs a batch forwards and backwards, handing what passes to the collector, and returns each document's loss.
  ///
  /// The arena is reset at the start; the backward pass stops as soon as no wanted module lies below.
  func forwardBackward(_ batch: RaggedBatch, loss: LossSettings, collector: any Collector, arena: Arena) -> [Double]

  /// Hidden states after the last normalisation, [T, H], in the arena; for logits and tests.
  func hiddenStates(_ batch: RaggedBatch, arena: Arena) -> Matrix

  /// The language-model head.
  var head: LanguageModelHead { get }
}

extension CausalLM {
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }
}
