/// How a block makes queries, keys and values: [T, H] -> heads.
package struct HeadProjection: Sendable {
  /// One, or those of query, key and value.
  private let linears: [NormedLinear]
  private let layout: Layout

  private enum Layout {
    case separate
    case fused(HeadOrder)
  }

  /// How the columns of one module that makes all heads are ordered.
  package enum HeadOrder: Sendable {
    /// All queries, then all keys, then all values.
    case byKind
    /// Query, key and value of one head after another, as GPT-NeoX has it.
    case byHead
  }

  package init(query: NormedLinear, key: NormedLinear, value: ModuleLinear) {
    linears = [query, key, NormedLinear(value, norm: nil)]
    layout = .separate
  }

  package init(fused: ModuleLinear, _ order: HeadOrder) {
    linears = [NormedLinear(fused, norm: nil)]
    layout = .fused(order)
  }

  /// What the modules make, or its gradients, and the heads in it.
  package struct Projected {
    package let heads: Heads
    fileprivate let outputs: [Matrix]
  }

  package struct Saved {
    package let projected: Projected
    fileprivate let norms: [RMSNorm.Saved?]
  }

  package func makeSaved(rows: Int, _ attention: GroupedQueryAttention, in arena: Arena) -> Saved {
    let projected = makeProjected(rows: rows, attention, in: arena)
    return Saved(
      projected: projected, norms: zip(linears, projected.outputs).map { $0.makeSaved(for: $1, in: arena) })
  }

  package func makeProjected(rows: Int, _ attention: GroupedQueryAttention, in arena: Arena) -> Projected {
    let d = attention.headSize
    let (queries, keys) = (attention.headCount * d, attention.keyValueHeadCount * d)
    guard case .fused(let order) = layout else {
      let outputs = [queries, keys, keys].map { arena.matrix(rows, $0) }
      return Projected(
        heads: Heads(query: outputs[0], key: outputs[1], value: outputs[2], spacing: d), outputs: outputs)
    }
    let whole = arena.matrix(rows, queries + 2 * keys)
    let heads =
      switch order {
      case .byKind:
        Heads(
          query: whole.columns(0..<queries), key: whole.columns(queries..<queries + keys),
          value: whole.columns(queries + keys..<whole.columns), spacing: d)
      case .byHead:
        // From the first query to the end of the last, and so on.
        Heads(
          query: whole.columns(0..<whole.columns - 2 * d), key: whole.columns(d..<whole.columns - d),
          value: whole.columns(2 * d..<whole.columns), spacing: 3 * d)
      }
    return Projected(heads: heads, outputs: [whole])
  }

  package func forward(_ input: Matrix, _ saved: Saved, _ pass: ModelPass) {
    for (index, linear) in linears.enumerated() {
      linear.forward(input, saved.norms[index], into: saved.projected.outputs[index], pass)
    }
  }

  package func backward(_ gradients: Projected, _ saved: Saved, into dInput: Matrix?, _ pass: ModelPass) {
    for (index, linear) in linears.enumerated() {
      linear.backward(gradients.outputs[index], saved.norms[index], into: dInput, accumulate: index > 0, pass)
    }
  }
}

/// A linear module and the norm of what it makes, where the architecture has one: over the columns of each head, or over
/// all of them, as the norm's size says.
package struct NormedLinear: Sendable {
  private let linear: ModuleLinear
  private let norm: RMSNorm?

  package init(_ linear: ModuleLinear, norm: RMSNorm?) {
    precondition(norm.map { linear.outputs % $0.weight.count == 0 } ?? true, "a norm that does not divide the outputs")
    self.linear = linear
    self.norm = norm
  }

  fileprivate func makeSaved(for output: Matrix, in arena: Arena) -> RMSNorm.Saved? {
    guard let norm else { return nil }
    let size = norm.weight.count
    return norm.makeSaved(for: arena.matrix(output.rows * output.columns / size, size), in: arena)
  }

  fileprivate func forward(_ input: Matrix, _ saved: RMSNorm.Saved?, into output: Matrix, _ pass: ModelPass) {
    guard let norm, let saved else { return linear.forward(input, into: output, pass) }
    linear.forward(input, into: saved.input.reshaped(output.rows, output.columns), pass)
    norm.forward(saved, into: output.reshaped(saved.input.rows, saved.input.columns))
  }

  fileprivate func backward(
    _ dOutput: Matrix, _ saved: RMSNorm.Saved?, into dInput: Matrix?, accumulate: Bool, _ pass: ModelPass
  ) {
    guard let norm, let saved else { return linear.backward(dOutput, into: dInput, accumulate: accumulate, pass) }
    let mark = pass.arena.mark()
    defer { pass.arena.release(to: mark) }
    let dLinear = pass.arena.matrix(saved.input.rows, saved.input.columns, zeroed: true)
    norm.backward(dOutput.reshaped(dLinear.rows, dLinear.columns), saved, addingTo: dLinear)
    linear.backward(dLinear.reshaped(dOutput.rows, dOutput.columns), into: dInput, accumulate: accumulate, pass)
  }
}
