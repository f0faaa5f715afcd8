import CKernels

/// y = x Wᵀ + b, with W [O, I] and b [O].
package struct Linear: Sendable {
  package let weight: FloatStorage
  package let bias: FloatStorage?
  package let inputs: Int
  package let outputs: Int

  package init(weight: FloatStorage, bias: FloatStorage?, outputs: Int, inputs: Int) {
    precondition(weight.count == outputs * inputs && (bias == nil || bias?.count == outputs))
    self.weight = weight
    self.bias = bias
    self.inputs = inputs
    self.outputs = outputs
  }

  package func forward(_ x: Matrix, into y: Matrix) {
    multiply(x, weight.matrix(outputs, inputs).transposed, into: y)  // [T, I] x [O, I]ᵀ -> [T, O]
    if let bias { ck_add_bias(y.base, y.stride, bias.base, y.rows, y.columns) }
  }

  /// dx = dy W. The weight's own gradient is never formed here: it is what collectors are for.
  package func backward(_ dOutput: Matrix, into dInput: Matrix, accumulate: Bool = false) {
    multiply(dOutput, weight.matrix(outputs, inputs), into: dInput, accumulate: accumulate)  // [T, O] x [O, I] -> [T, I]
  }
}
