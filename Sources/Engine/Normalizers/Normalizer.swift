/// What a module's gradient P [O, I] is multiplied by, entry by entry, before it is projected; made of an optimizer's
/// second moments, so that a direction counts for as much as a step of that optimizer moves in it.
package enum Normalizer: Sendable {
  /// P[o, i] *= outputs[o] * inputs[i], outputs being [O] and inputs [I] (Adafactor).
  case rankOne(outputs: [Float], inputs: [Float], bias: [Float]?)
  /// P[o, i] *= factors[o, i], [O, I] row-major (Adam).
  case elementwise(factors: FloatStorage, bias: [Float]?)

  /// Whether a gradient must be formed before it is multiplied.
  var isElementwise: Bool {
    if case .elementwise = self { true } else { false }
  }

  /// [O] what the bias gradient is multiplied by.
  package var bias: [Float]? {
    switch self {
    case .rankOne(_, _, let bias), .elementwise(_, let bias): bias
    }
  }

  /// The normalizer of a module that is split into attention heads: each divides by the mean of its own rows, where the whole
  /// module divides by that of all, as the Python tool has it.
  func split(intoHeadsOf size: Int) -> Normalizer {
    guard case .rankOne(let outputs, let inputs, let bias) = self else { return self }
    // outputs² is mean r / r.
    let own = stride(from: 0, to: outputs.count, by: size).flatMap { start in
      let head = outputs[start..<min(start + size, outputs.count)]
      let mean = head.reduce(0.0) { $0 + 1 / (Double($1) * Double($1)) } / Double(head.count)
      return head.map { Float(Double($0) * mean.squareRoot()) }
    }
    return .rankOne(outputs: own, inputs: inputs, bias: bias)
  }

  /// Whether its sizes are those of a module, and it has factors for the bias where they are needed.
  func fits(_ module: ModuleDescription, withBias: Bool) -> Bool {
    let sizesFit =
      switch self {
      case .rankOne(let outputs, let inputs, _): outputs.count == module.outputs && inputs.count == module.inputs
      case .elementwise(let factors, _): factors.count == module.outputs * module.inputs
      }
    guard let bias else { return sizesFit && !withBias }
    return sizesFit && bias.count == module.outputs
  }
}
