import CKernels

/// y = limit tanh(scale x / limit): values bend towards a limit instead of growing beyond it (Bello et al. 2017; scores
/// and logits of Gemma 2).
package struct SoftCap: Sendable, Equatable {
  package let limit: Float

  package init(limit: Float) {
    precondition(limit > 0)
    self.limit = limit
  }

  /// In place.
  package func forward(_ values: Matrix, scale: Float = 1) {
    ck_soft_cap_forward(values.base, values.stride, scale, limit, values.rows, values.columns)
  }

  /// The output's gradient becomes the input's, in place; `output` is what `forward` made.
  package func backward(output: Matrix, gradient: Matrix, scale: Float = 1) {
    precondition(output.rows == gradient.rows && output.columns == gradient.columns)
    precondition(output.stride == gradient.stride || output.rows == 1)
    ck_soft_cap_backward(
      output.base, gradient.base, gradient.stride, scale, limit, gradient.rows, gradient.columns)
  }
}
