/// What a block adds to the residual stream: attention or an MLP. [T, H] -> [T, H].
package protocol Sublayer: Sendable {
  /// What backward needs of forward.
  associatedtype Saved

  /// Places for what `rows` positions leave to backward, taken before `forward` so that the rest may be scratch.
  func makeSaved(rows: Int, in arena: Arena) -> Saved
  func forward(_ input: Matrix, _ saved: Saved, into output: Matrix, _ pass: ModelPass)
  /// Writes the gradient of the input, or ends with the sublayer's first modules where nothing below is wanted.
  func backward(_ dOutput: Matrix, _ saved: Saved, into dInput: Matrix?, _ pass: ModelPass)
}

/// A sublayer between the norms that an architecture puts before it, after it, or both:
/// output = outputNorm(layer(inputNorm(x))).
package struct ResidualBranch<Norm: RowNorm, Layer: Sublayer>: Sendable {
  private let inputNorm: Norm?
  private let layer: Layer
  private let outputNorm: Norm?

  package init(inputNorm: Norm?, _ layer: Layer, outputNorm: Norm? = nil) {
    self.inputNorm = inputNorm
    self.layer = layer
    self.outputNorm = outputNorm
  }

  package struct Saved {
    fileprivate let inputNorm: Norm.Saved?
    fileprivate let layer: Layer.Saved
    /// [T, H] what the layer makes, and the norm's record of it.
    fileprivate let output: (matrix: Matrix, norm: Norm.Saved)?
  }

  /// - Parameter x: [T, H], which `forward` is given again once it is filled.
  package func makeSaved(for x: Matrix, in arena: Arena) -> Saved {
    Saved(
      inputNorm: inputNorm?.makeSaved(for: x, in: arena), layer: layer.makeSaved(rows: x.rows, in: arena),
      output: outputNorm.map { norm in
        let matrix = arena.matrix(x.rows, x.columns)
        return (matrix, norm.makeSaved(for: matrix, in: arena))
      })
  }

  package func forward(_ x: Matrix, _ saved: Saved, into output: Matrix, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    var input = x
    if let inputNorm, let savedNorm = saved.inputNorm {
      input = pass.arena.matrix(x.rows, x.columns)
      inputNorm.forward(savedNorm, into: input)
    }
    layer.forward(input, saved.layer, into: saved.output?.matrix ?? output, pass)
    if let outputNorm, let savedOutput = saved.output { outputNorm.forward(savedOutput.norm, into: output) }
  }

  /// dInput += gradient with respect to x, unless nothing below is wanted. `dOutput` and `dInput` may be the same.
  package func backward(_ dOutput: Matrix, _ saved: Saved, addingTo dInput: Matrix?, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    var dLayer = dOutput
    if let outputNorm, let savedOutput = saved.output {
      dLayer = pass.arena.matrix(dOutput.rows, dOutput.columns, zeroed: true)
      outputNorm.backward(dOutput, savedOutput.norm, addingTo: dLayer)
    }
    guard let dInput else { return layer.backward(dLayer, saved.layer, into: nil, pass) }
    let dNormalized = pass.arena.matrix(dOutput.rows, dOutput.columns)
    layer.backward(dLayer, saved.layer, into: dNormalized, pass)
    if let inputNorm, let savedNorm = saved.inputNorm {
      inputNorm.backward(dNormalized, savedNorm, addingTo: dInput)
    } else {
      dInput.add(dNormalized)
    }
  }
}
