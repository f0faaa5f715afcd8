import CKernels

/// Elementwise activations, by the names that `hidden_act` of config.json uses.
package enum Activation: String, Sendable, CaseIterable {
  case gelu
  case geluNew = "gelu_new"
  case geluFast = "gelu_fast"
  case geluTanh = "gelu_pytorch_tanh"
  case silu
  case relu

  /// output = f(input)
  package func forward(_ input: Matrix, into output: Matrix) {
    precondition(input.isContiguous && output.isContiguous && input.rows * input.columns == output.rows * output.columns)
    let count = input.rows * input.columns
    switch self {
    case .gelu: ck_gelu_forward(input.base, output.base, count)
    case .geluNew, .geluFast, .geluTanh: ck_gelu_tanh_forward(input.base, output.base, count)
    case .silu: ck_silu_forward(input.base, output.base, count)
    case .relu: ck_relu_forward(input.base, output.base, count)
    }
  }

  /// gradient *= f'(input), in place: the output's gradient becomes the input's.
  package func backward(input: Matrix, gradient: Matrix) {
    precondition(input.isContiguous && gradient.isContiguous && input.rows == gradient.rows)
    let count = input.rows * input.columns
    switch self {
    case .gelu: ck_gelu_backward(input.base, gradient.base, count)
    case .geluNew, .geluFast, .geluTanh: ck_gelu_tanh_backward(input.base, gradient.base, count)
    case .silu: ck_silu_backward(input.base, gradient.base, count)
    case .relu: ck_relu_backward(input.base, gradient.base, count)
    }
  }
}
