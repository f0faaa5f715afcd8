import CKernels

/// Root mean square normalisation (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + epsilon) * weight over each row.
package struct RMSNorm: RowNorm {
  package let weight: FloatStorage
  package let epsilon: Float

  package init(weight: FloatStorage, epsilon: Float) {
    self.weight = weight
    self.epsilon = epsilon
  }

  /// What backward needs: the input, and 1/sqrt(mean(x²) + epsilon) of every row.
  package struct Saved {
    let input: Matrix
    let reciprocalRoot: UnsafeMutablePointer<Float>
  }

  package func makeSaved(for input: Matrix, in arena: Arena) -> Saved {
    Saved(input: input, reciprocalRoot: arena.vector(input.rows))
  }

  package func forward(_ saved: Saved, into output: Matrix) {
    precondition(saved.input.isContiguous && output.isContiguous && output.columns == weight.count)
    ck_rms_norm_forward(
      saved.input.base, weight.base, epsilon, output.rows, output.columns, output.base, saved.reciprocalRoot)
  }

  package func backward(_ dOutput: Matrix, _ saved: Saved, addingTo dInput: Matrix) {
    precondition(dOutput.isContiguous && dInput.isContiguous)
    ck_rms_norm_backward(
      dOutput.base, saved.input.base, weight.base, saved.reciprocalRoot, dOutput.rows, dOutput.columns, dInput.base)
  }
}
