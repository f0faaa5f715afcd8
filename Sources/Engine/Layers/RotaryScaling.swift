import Foundation

/// How rotary frequencies are stretched so that a model reads documents longer than those it was first trained on.
///
/// Products and quotients are float32 in the order in which the models' own training code takes them.
package enum RotaryScaling: Sendable, Equatable {
  case plain
  /// All frequencies divided by a factor (Chen et al. 2023).
  case linear(factor: Double)
  /// Low frequencies divided, high ones kept, with a ramp between (Grattafiori et al. 2024).
  case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalPositions: Int)
  /// The same with the ramp over columns instead of wavelengths (Peng et al. 2023).
  case yarn(YaRN)
  /// A divisor for every frequency, one set for documents up to the original length and one beyond (Ding et al. 2024).
  case longRope(short: [Double], long: [Double], magnitude: Double, originalPositions: Int)

  package struct YaRN: Sendable, Equatable {
    package var factor: Double
    package var magnitude: Double
    /// Turns within the original positions of the last column that is kept and the first that is divided.
    package var fastTurns: Double
    package var slowTurns: Double
    package var originalPositions: Int
    /// Whether the ramp's ends are rounded to whole columns.
    package var wholeColumns: Bool
  }

  /// Angles per position of each pair of columns, [dimensions / 2].
  package func frequencies(dimensions: Int, base: Double) -> RotaryFrequencies {
    precondition(dimensions >= 0 && dimensions % 2 == 0, "rotary dimensions come in pairs")
    let powers = (0..<dimensions / 2).map { Float(pow(base, Double(Float(2 * $0) / Float(dimensions)))) }
    switch self {
    case .plain: return RotaryFrequencies(values: powers.map { 1 / $0 })
    case .linear(let factor): return RotaryFrequencies(values: powers.map { 1 / $0 / Float(factor) })
    case .llama3(let factor, let low, let high, let original):
      return RotaryFrequencies(
        values: powers.map { Self.ramped(1 / $0, factor: factor, low: low, high: high, original: original) })
    case .yarn(let yarn):
      return RotaryFrequencies(values: yarn.scaled(powers, base: base), magnitude: yarn.magnitude)
    case .longRope(let short, let long, let magnitude, let original):
      precondition(short.count == powers.count && long.count == powers.count, "a divisor for every frequency")
      func divided(_ factors: [Double]) -> [Float] { zip(factors, powers).map { 1 / (Float($0) * $1) } }
      return RotaryFrequencies(
        values: divided(short), magnitude: magnitude, long: .init(beyond: original, values: divided(long)))
    }
  }

  private static func ramped(
    _ frequency: Float, factor: Double, low: Double, high: Double, original: Int
  ) -> Float {
    let wavelength = 2 * Float.pi / frequency
    let (shortest, longest) = (Float(Double(original) / high), Float(Double(original) / low))
    if wavelength < shortest { return frequency }
    if wavelength > longest { return frequency / Float(factor) }
    let share = (Float(original) / wavelength - Float(low)) / Float(high - low)
    return (1 - share) * frequency / Float(factor) + share * frequency
  }
}

extension RotaryScaling.YaRN {
  /// The factor that the paper advises for a stretch: 0.1 m ln(factor) + 1.
  package static func advisedMagnitude(factor: Double, multiplier: Double = 1) -> Double {
    factor <= 1 ? 1 : 0.1 * multiplier * log(factor) + 1
  }

  /// - Parameter powers: base^(2i / dimensions) of every pair of columns.
  fileprivate func scaled(_ powers: [Float], base: Double) -> [Float] {
    let dimensions = Double(2 * powers.count)
    /// The column, counted by pairs, that turns so often within the original positions.
    func column(turning turns: Double) -> Double {
      dimensions * log(Double(originalPositions) / (turns * 2 * .pi)) / (2 * log(base))
    }
    let (fast, slow) = (column(turning: fastTurns), column(turning: slowTurns))
    let first = max(wholeColumns ? fast.rounded(.down) : fast, 0)
    var last = min(wholeColumns ? slow.rounded(.up) : slow, dimensions - 1)
    if first == last { last += 0.001 }  // as the reference does: a step
    return powers.enumerated().map { i, power in
      let ramp = min(max((Float(i) - Float(first)) / Float(last - first), 0), 1)
      let kept = 1 - ramp
      return 1 / (Float(factor) * power) * (1 - kept) + 1 / power * kept
    }
  }
}
