import Foundation

/// What config.json says of rotary embeddings, in the spelling of today (`rope_parameters`) or the older one
/// (`rope_scaling`, with `rope_theta` beside it).
package struct RotarySettings: Sendable, Equatable {
  package var base: Double
  /// Columns of a head that turn.
  package var dimensions: Int
  package var scaling: RotaryScaling

  package var frequencies: RotaryFrequencies { scaling.frequencies(dimensions: dimensions, base: base) }

  /// In what an architecture differs.
  package struct Family: Sendable {
    package var turnsPartOfHeads = false
    package var kinds = ["default", "linear", "dynamic", "llama3", "yarn", "longrope"]
    /// Names that stand for another kind.
    package var aliases: [String: String] = [:]
    /// Where the architecture has its own default, which then wins over `rope_parameters`.
    package var originalPositions: Int?
  }
}

extension RotarySettings {
  /// - Parameters:
  ///   - family: what the architecture reads otherwise than the rest.
  /// - Throws: `ModelError.unsupported` and `ModelConfigurationError`, by the name of the key.
  package init(
    _ file: ModelConfiguration, headSize: Int, maximumPositions: Int, family: Family = Family()
  ) throws {
    let rope = try file.nested("rope_scaling") ?? file.nested("rope_parameters")
    for key in ["full_attention", "sliding_attention"] where rope?.contains(key) == true {
      throw file.unsupported("rope_parameters", "with '\(key)'", supported: "the same in all layers")
    }
    base =
      try rope?.optionalNumber("rope_theta", in: 1...1e12) ?? file.number("rope_theta", in: 1...1e12, default: 10_000)
    let fraction =
      try rope?.optionalNumber("partial_rotary_factor", in: 0...1)
      ?? file.number("partial_rotary_factor", in: 0...1, default: 1)
    dimensions = Int(Double(headSize) * fraction)
    guard fraction == 1 || family.turnsPartOfHeads else {
      throw file.unsupported("partial_rotary_factor", "\(fraction)", supported: "1")
    }
    guard dimensions % 2 == 0 else {
      throw file.unsupported(
        fraction == 1 ? "head_dim" : "partial_rotary_factor", "\(fraction == 1 ? "\(headSize)" : "\(fraction)")",
        supported: "an even number of columns that turn, of \(headSize)")
    }
    scaling = .plain
    guard let rope else { return }
    let spelled = try rope.optionalString("rope_type") ?? rope.optionalString("type") ?? "default"
    let kind = family.aliases[spelled] ?? spelled
    guard family.kinds.contains(kind) else {
      throw file.unsupported("rope_type", spelled, supported: family.kinds.joined(separator: ", "))
    }
    let original =
      try file.optionalInteger("original_max_position_embeddings") ?? family.originalPositions
      ?? rope.optionalInteger("original_max_position_embeddings") ?? maximumPositions
    switch kind {
    // `dynamic` only changes frequencies beyond `max_position_embeddings`, which is as far as documents go here.
    case "default", "dynamic": break
    case "linear": scaling = .linear(factor: try rope.number("factor", in: Self.factors))
    case "llama3": scaling = try Self.llama3(rope, file, original)
    case "yarn": scaling = try Self.yarn(rope, original: original, maximumPositions: maximumPositions)
    case "longrope":
      scaling = try Self.longRope(rope, original, maximumPositions: maximumPositions, count: dimensions / 2)
    default: preconditionFailure("a rope_type that is let through is read")
    }
  }

  private static let factors = 1.0...1e6
  private static let multipliers = 1e-6...1e6

  private static func llama3(
    _ rope: ModelConfiguration, _ file: ModelConfiguration, _ original: Int
  ) throws -> RotaryScaling {
    let low = try rope.number("low_freq_factor", in: multipliers)
    let high = try rope.number("high_freq_factor", in: multipliers)
    guard low < high else {
      throw file.unsupported("low_freq_factor", "\(low)", supported: "less than high_freq_factor \(high)")
    }
    return .llama3(
      factor: try rope.number("factor", in: factors), lowFrequency: low, highFrequency: high,
      originalPositions: original)
  }

  private static func yarn(
    _ rope: ModelConfiguration, original: Int, maximumPositions: Int
  ) throws -> RotaryScaling {
    // Spelled out as null, the factor is how far the positions were stretched.
    let factor =
      rope.isNull("factor") ? Double(maximumPositions) / Double(original) : try rope.number("factor", in: factors)
    /// Zero counts as absent there.
    func optional(_ key: String) throws -> Double? {
      try rope.optionalNumber(key, in: 0...1e6).flatMap { $0 == 0 ? nil : $0 }
    }
    var magnitude = RotaryScaling.YaRN.advisedMagnitude(factor: factor)
    if let own = try optional("mscale"), let all = try optional("mscale_all_dim") {
      magnitude =
        RotaryScaling.YaRN.advisedMagnitude(factor: factor, multiplier: own)
        / RotaryScaling.YaRN.advisedMagnitude(factor: factor, multiplier: all)
    }
    return .yarn(
      RotaryScaling.YaRN(
        factor: factor, magnitude: try rope.number("attention_factor", in: 0...1e6, default: magnitude),
        fastTurns: try optional("beta_fast") ?? 32, slowTurns: try optional("beta_slow") ?? 1,
        originalPositions: original, wholeColumns: try rope.bool("truncate", default: true)))
  }

  private static func longRope(
    _ rope: ModelConfiguration, _ original: Int, maximumPositions: Int, count: Int
  ) throws -> RotaryScaling {
    guard original > 1 else {
      throw rope.unsupported("original_max_position_embeddings", "\(original)", supported: "more than 1")
    }
    let factor =
      try rope.optionalNumber("factor", in: 1e-6...1e6) ?? Double(maximumPositions) / Double(original)
    let advised = factor <= 1 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot()
    return .longRope(
      short: try rope.divisors("short_factor", count: count), long: try rope.divisors("long_factor", count: count),
      magnitude: try rope.number("attention_factor", in: 0...1e6, default: advised), originalPositions: original)
  }
}

extension ModelConfiguration {
  /// An array of so many positive numbers.
  fileprivate func divisors(_ key: String, count: Int) throws -> [Double] {
    func unusable(_ found: String) -> ModelError {
      unsupported(key, found, supported: "\(count) positive numbers, one for each pair of columns that turns")
    }
    guard case .array(let items)? = value(key) else { throw unusable(value(key)?.kind ?? "missing") }
    guard items.count == count else { throw unusable("\(items.count) items") }
    return try items.map { item in
      let number: Double? =
        switch item {
        case .number(let found): found
        case .integer(let found): Double(found)
        default: nil
        }
      guard let number, number > 0, number < 1e6 else { throw unusable("\(item)") }
      return number
    }
  }
}
