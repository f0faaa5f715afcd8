/// What a module's gradient P [O, I] is multiplied by, entry by entry, before it is projected; made of an optimizer's
/// second moments, so that a direction counts for as much as a step of that optimizer moves in it.
package enum Normalizer: Sendable {
  /// P[o, i] *= outputs[o] * inputs[i], outputs being [O] and inputs [I] (Adafactor).
  case rankOne(outputs: [Float], inputs: [Float], bias: [Float]?)
  /// P[o, i] *= factors[o, i], [O, I] row-major (Adam).
  case elementwise(factors: FloatStorage, bias: [Float]?)

  /// [O] what the bias gradient is multiplied by.
  package var bias: [Float]? {
    switch self {
    case .rankOne(_, _, let bias), .elementwise(_, let bias): bias
    }
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
