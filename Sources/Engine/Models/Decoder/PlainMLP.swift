/// y = down(f(up(x)))
package struct PlainMLP: Sublayer {
  private let up: ModuleLinear
  private let down: ModuleLinear
  private let activation: Activation

  package init(up: ModuleLinear, down: ModuleLinear, activation: Activation) {
    self.up = up
    self.down = down
    self.activation = activation
  }

  package struct Saved {
    fileprivate let up: Matrix  // [T, I], before the activation
  }

  package func makeSaved(rows: Int, in arena: Arena) -> Saved { Saved(up: arena.matrix(rows, up.outputs)) }

  package func forward(_ input: Matrix, _ saved: Saved, into output: Matrix, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    up.forward(input, into: saved.up, pass)
    let activated = pass.arena.matrix(saved.up.rows, saved.up.columns)
    activation.forward(saved.up, into: activated)
    down.forward(activated, into: output, pass)
  }

  package func backward(_ dOutput: Matrix, _ saved: Saved, into dInput: Matrix?, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    let dUp = pass.arena.matrix(saved.up.rows, saved.up.columns)
    down.backward(dOutput, into: dUp, pass)
    activation.backward(input: saved.up, gradient: dUp)
    up.backward(dUp, into: dInput, pass)
  }
}
