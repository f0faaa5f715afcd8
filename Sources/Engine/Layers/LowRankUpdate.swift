import CKernels

/// What LoRA (Hu et al. 2021) adds to a linear layer: y += s (x Aᵀ Bᵀ + b), with A [r, I], B [O, r], b [O] where the adapter
/// has one, and a constant s.
///
/// A and B are linear modules of their own. The gradient of A is made of a = x and g = s dy B, that of B of a = x Aᵀ and
/// g = s dy.
package struct LowRankUpdate: Sendable {
  /// Of the adapted module inside the full model, as `model.layers.0.self_attn.q_proj`.
  package let module: String
  package let rank: Int
  package let inputs: Int
  package let outputs: Int
  package let scale: Float
  let a: Matrix
  let b: Matrix
  /// s b
  private let scaledBias: FloatStorage?

  package init(
    module: String, outputs: Int, inputs: Int, rank: Int, scale: Float, a: FloatStorage, b: FloatStorage,
    bias: FloatStorage?
  ) {
    precondition(a.count == rank * inputs && b.count == outputs * rank && bias.map { $0.count == outputs } ?? true)
    self.module = module
    self.outputs = outputs
    self.inputs = inputs
    self.rank = rank
    self.scale = scale
    self.a = a.matrix(rank, inputs)
    self.b = b.matrix(outputs, rank)
    scaledBias = bias.map { bias in
      let scaled = FloatStorage(count: outputs)
      for o in 0..<outputs { scaled.base[o] = scale * bias.base[o] }
      return scaled
    }
  }

  /// A and B under the names that they have in PEFT's model.
  package var descriptions: [ModuleDescription] {
    [
      ModuleDescription(name: "model.\(module).lora_A.default", outputs: rank, inputs: inputs, hasBias: false),
      ModuleDescription(
        name: "model.\(module).lora_B.default", outputs: outputs, inputs: rank, hasBias: scaledBias != nil),
    ]
  }

  /// In the order and under the names of PEFT's `named_parameters()`, but for the prefix of its own model.
  ///
  /// - Parameter firstModule: the module that A is; B comes next.
  package func parameters(firstModule: Int) -> [ParameterDescription] {
    func parameter(_ name: String, _ shape: [Int], _ role: ParameterDescription.Role) -> ParameterDescription {
      ParameterDescription(name: "\(module).\(name)", shape: shape, role: role, isTrained: true)
    }
    let matrices = [
      parameter("lora_A.default.weight", [rank, inputs], .weight(module: firstModule, isTransposed: false)),
      parameter("lora_B.default.weight", [outputs, rank], .weight(module: firstModule + 1, isTransposed: false)),
    ]
    return scaledBias == nil
      ? matrices : matrices + [parameter("lora_B.default.bias", [outputs], .bias(module: firstModule + 1))]
  }

  /// inner [T, r] = x Aᵀ
  package func reduce(_ x: Matrix, into inner: Matrix) {
    multiply(x, a.transposed, into: inner)
  }

  /// y += s (inner Bᵀ + b)
  package func expand(_ inner: Matrix, addingTo y: Matrix) {
    multiply(inner, b.transposed, into: y, scale: scale, accumulate: true)
    if let scaledBias { ck_add_bias(y.base, y.stride, scaledBias.base, y.rows, y.columns) }
  }

  /// dInner [T, r] = s dy B
  package func backwardExpand(_ dy: Matrix, into dInner: Matrix) {
    multiply(dy, b, into: dInner, scale: scale)
  }

  /// dx += dInner A
  package func backwardReduce(_ dInner: Matrix, addingTo dx: Matrix) {
    multiply(dInner, a, into: dx, accumulate: true)
  }
}
