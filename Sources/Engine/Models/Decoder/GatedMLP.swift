/// y = down(f(gate(x)) up(x)) (Shazeer 2020)
package struct GatedMLP: Sublayer {
  private let input: Input
  private let down: ModuleLinear
  private let activation: Activation

  package enum Input: Sendable {
    case separate(gate: ModuleLinear, up: ModuleLinear)
    /// One module, the columns of the gate before those of up.
    case fused(ModuleLinear)
  }

  package init(input: Input, down: ModuleLinear, activation: Activation) {
    self.input = input
    self.down = down
    self.activation = activation
  }

  package struct Saved {
    fileprivate let gate: Matrix  // [T, I], before the activation
    fileprivate let up: Matrix  // [T, I]
  }

  private var innerSize: Int { down.inputs }

  package func makeSaved(rows: Int, in arena: Arena) -> Saved {
    Saved(gate: arena.matrix(rows, innerSize), up: arena.matrix(rows, innerSize))
  }

  package func forward(_ x: Matrix, _ saved: Saved, into output: Matrix, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    switch input {
    case .separate(let gate, let up):
      gate.forward(x, into: saved.gate, pass)
      up.forward(x, into: saved.up, pass)
    case .fused(let gateUp):
      let both = pass.arena.matrix(x.rows, 2 * innerSize)
      gateUp.forward(x, into: both, pass)
      saved.gate.copy(from: both.columns(0..<innerSize))
      saved.up.copy(from: both.columns(innerSize..<2 * innerSize))
    }
    let activated = pass.arena.matrix(x.rows, innerSize)
    activation.forward(saved.gate, into: activated)
    activated.multiply(by: saved.up)
    down.forward(activated, into: output, pass)
  }

  /// With h = f(gate) up: dup = dh f(gate), dgate = dh up f'(gate).
  package func backward(_ dOutput: Matrix, _ saved: Saved, into dInput: Matrix?, _ pass: ModelPass) {
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    let rows = dOutput.rows
    let dGate = pass.arena.matrix(rows, innerSize)
    down.backward(dOutput, into: dGate, pass)
    let dUp = pass.arena.matrix(rows, innerSize)
    activation.forward(saved.gate, into: dUp)
    dUp.multiply(by: dGate)
    dGate.multiply(by: saved.up)
    activation.backward(input: saved.gate, gradient: dGate)
    switch input {
    case .separate(let gate, let up):
      gate.backward(dGate, into: dInput, pass)
      up.backward(dUp, into: dInput, accumulate: true, pass)
    case .fused(let gateUp):
      let both = pass.arena.matrix(rows, 2 * innerSize)
      both.columns(0..<innerSize).copy(from: dGate)
      both.columns(innerSize..<2 * innerSize).copy(from: dUp)
      gateUp.backward(both, into: dInput, pass)
    }
  }
}
