/// What LoRA (Hu et al. 2021) adds to a linear layer: y += s B(A x), with A [r, I], B [O, r] and a constant s.
///
/// A and B are linear modules of their own: gradients of A are taken with a = x and g = s dy B, those of B with a = A x
/// and g = s dy. The layer's own weight has none.
package struct LowRankUpdate: Sendable {
  /// Of the adapted module inside the full model, as `model.layers.0.self_attn.q_proj`.
  package let module: String
  /// A.
  package let down: Linear
  /// B.
  package let up: Linear
  package let scale: Float

  package init(module: String, down: Linear, up: Linear, scale: Float) {
    precondition(down.outputs == up.inputs, "A has \(down.outputs) outputs, B \(up.inputs) inputs")
    self.module = module
    self.down = down
    self.up = up
    self.scale = scale
  }

  package var rank: Int { down.outputs }

  package var parameterCount: Int { down.weight.count + up.weight.count + (up.bias?.count ?? 0) }

  /// A and B by the names that they have in PEFT's model.
  package var descriptions: [ModuleDescription] {
    [
      ModuleDescription(
        name: "model.\(module).lora_A.default", outputs: rank, inputs: down.inputs, hasBias: false),
      ModuleDescription(
        name: "model.\(module).lora_B.default", outputs: up.outputs, inputs: rank, hasBias: up.bias != nil),
    ]
  }
}
