import CKernels

/// Layer normalisation (Ba et al. 2016): y = (x - mean) / sqrt(var + epsilon) * weight + bias over each row.
package struct LayerNorm: RowNorm {
  package let weight: FloatStorage
  package let bias: FloatStorage
  package let epsilon: Float

  package init(weight: FloatStorage, bias: FloatStorage, epsilon: Float) {
    precondition(weight.count == bias.count)
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
  }

  /// What backward needs: the input, and mean and 1/sqrt(var + epsilon) of every row.
  package struct Saved {
    let input: Matrix
    let mean: UnsafeMutablePointer<Float>
    let reciprocalDeviation: UnsafeMutablePointer<Float>
  }

  package func makeSaved(for input: Matrix, in arena: Arena) -> Saved {
    Saved(input: input, mean: arena.vector(input.rows), reciprocalDeviation: arena.vector(input.rows))
  }

  package func forward(_ saved: Saved, into output: Matrix) {
    precondition(saved.input.isContiguous && output.isContiguous && output.columns == weight.count)
    ck_layer_norm_forward(
      saved.input.base, weight.base, bias.base, epsilon, output.rows, output.columns, output.base, saved.mean,
      saved.reciprocalDeviation)
  }

  package func backward(_ dOutput: Matrix, _ saved: Saved, addingTo dInput: Matrix) {
    precondition(dOutput.isContiguous && dInput.isContiguous)
    ck_layer_norm_backward(
      dOutput.base, saved.input.base, weight.base, saved.mean, saved.reciprocalDeviation, dOutput.rows,
      dOutput.columns, dInput.base)
  }
}
