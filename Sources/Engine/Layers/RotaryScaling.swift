import Foundation

/// How rotary frequencies are stretched so that a model reads documents longer than those it was first trained on.
package enum RotaryScaling: Sendable, Equatable {
  case plain
  /// All frequencies divided by a factor (Chen et al. 2023).
  case linear(factor: Double)
  /// Low frequencies divided, high ones kept, with a ramp between (Grattafiori et al. 2024).
  case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalPositions: Int)

  /// Angle per position of each pair of columns, [dimensions / 2], rounded to float32 as the models' own training code
  /// rounds it.
  package func frequencies(dimensions: Int, base: Double) -> [Float] {
    precondition(dimensions >= 0 && dimensions % 2 == 0, "rotary dimensions come in pairs")
    return (0..<dimensions / 2).map { i in
      scaled(1 / Float(pow(base, Double(Float(2 * i) / Float(dimensions)))))
    }
  }

  private func scaled(_ frequency: Float) -> Float {
    switch self {
    case .plain: return frequency
    case .linear(let factor): return frequency / Float(factor)
    case .llama3(let factor, let low, let high, let original):
      let wavelength = 2 * Float.pi / frequency
      let (shortest, longest) = (Float(Double(original) / high), Float(Double(original) / low))
      if wavelength < shortest { return frequency }
      if wavelength > longest { return frequency / Float(factor) }
      let share = (Float(original) / wavelength - Float(low)) / Float(high - low)
      return (1 - share) * frequency / Float(factor) + share * frequency
    }
  }

  /// Reads `rope_parameters`, or `rope_scaling` of older files.
  ///
  /// `dynamic` only changes frequencies beyond `max_position_embeddings`, which is as far as documents go here.
  package init(_ file: ModelConfiguration) throws {
    let rope = try file.nested("rope_parameters") ?? file.nested("rope_scaling")
    let kind = try rope?.optionalString("rope_type") ?? rope?.optionalString("type") ?? "default"
    guard let rope else {
      self = .plain
      return
    }
    let factors = 1.0...1e6
    switch kind {
    case "default", "dynamic": self = .plain
    case "linear": self = .linear(factor: try rope.number("factor", in: factors))
    case "llama3":
      let low = try rope.number("low_freq_factor", in: 1e-6...1e6)
      let high = try rope.number("high_freq_factor", in: 1e-6...1e6)
      guard low < high else {
        throw ModelError.unsupported(
          file: file.file.path, key: "low_freq_factor", value: "\(low)", supported: "less than high_freq_factor \(high)"
        )
      }
      self = .llama3(
        factor: try rope.number("factor", in: factors), lowFrequency: low, highFrequency: high,
        originalPositions: try rope.integer("original_max_position_embeddings"))
    default:
      throw ModelError.unsupported(
        file: file.file.path, key: "rope_type", value: kind, supported: "default, linear, dynamic, llama3")
    }
  }
}
