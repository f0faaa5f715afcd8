import CKernels

/// y = x Wᵀ + b, with W [O, I] and b [O].
package struct Linear: Sendable {
  package let weight: WeightMatrix
  package let bias: FloatStorage?

  package var inputs: Int { weight.columns }
  package var outputs: Int { weight.rows }

  package init(weight: WeightMatrix, bias: FloatStorage?) {
    precondition(bias == nil || bias?.count == weight.rows)
    self.weight = weight
    self.bias = bias
  }

  /// With a weight [O, I] in float32.
  package init(weight: FloatStorage, bias: FloatStorage?, outputs: Int, inputs: Int) {
    self.init(weight: WeightMatrix(weight, rows: outputs, columns: inputs), bias: bias)
  }

  package func forward(_ x: Matrix, into y: Matrix) {
    weight.multiplyTransposed(x, into: y)  // [T, I] x [O, I]ᵀ -> [T, O]
    if let bias { ck_add_bias(y.base, y.stride, bias.base, y.rows, y.columns) }
  }

  /// dx = dy W. The weight's own gradient is never formed here: it is what collectors are for.
  package func backward(_ dOutput: Matrix, into dInput: Matrix, accumulate: Bool = false) {
    // [T, O] x [O, I] -> [T, I]
    weight.multiply(dOutput, into: dInput, accumulate: accumulate)
  }
}
