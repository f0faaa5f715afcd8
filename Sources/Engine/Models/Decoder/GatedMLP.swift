/// y = down(f(gate(x)) up(x)) (Shazeer 2020)
package struct GatedMLP: Sublayer {
  private let gate: ModuleLinear
  private let up: ModuleLinear
  private let down: ModuleLinear
  private let activation: Activation

  package init(gate: ModuleLinear, up: ModuleLinear, down: ModuleLinear, activation: Activation) {
    self.gate = gate
    self.up = up
    self.down = down
    self.activation = activation
  }

  package struct Saved {
    fileprivate let gate: Matrix  // [T, I], before the activation
    fileprivate let up: Matrix  // [T, I]
  }

  package func makeSaved(rows: Int, in arena: Arena) -> Saved {
    Saved(gate: arena.matrix(rows, gate.outputs), up: arena.matrix(rows, up.outputs))
  }

  package func forward(_ input: Matrix, _ saved: Saved, into output: Matrix, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    gate.forward(input, into: saved.gate, pass)
    up.forward(input, into: saved.up, pass)
    let activated = pass.arena.matrix(saved.gate.rows, saved.gate.columns)
    activation.forward(saved.gate, into: activated)
    activated.multiply(by: saved.up)
    down.forward(activated, into: output, pass)
  }

  /// With h = f(gate) up: dup = dh f(gate), dgate = dh up f'(gate).
  package func backward(_ dOutput: Matrix, _ saved: Saved, into dInput: Matrix?, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    let dGate = pass.arena.matrix(saved.gate.rows, saved.gate.columns)
    down.backward(dOutput, into: dGate, pass)
    let dUp = pass.arena.matrix(dGate.rows, dGate.columns)
    activation.forward(saved.gate, into: dUp)
    dUp.multiply(by: dGate)
    dGate.multiply(by: saved.up)
    activation.backward(input: saved.gate, gradient: dGate)
    gate.backward(dGate, into: dInput, pass)
    up.backward(dUp, into: dInput, accumulate: true, pass)
  }
}
