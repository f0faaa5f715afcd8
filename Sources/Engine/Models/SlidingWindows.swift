import Foundation

/// Which layers' attention slides, as config.json says it: positions that a query sees, by layer; nil for all before it.
extension ModelConfiguration {
  /// By `layer_types` where the file has it.
  ///
  /// - Parameter slides: whether a layer slides where the file does not say so.
  func windows(_ window: Int?, layers: Int, slides: (Int) -> Bool) throws -> [Int?] {
    guard let types = value("layer_types") else {
      return try (0..<layers).map { slides($0) ? try required(window) : nil }
    }
    guard case .array(let names) = types, names.count == layers else {
      throw unsupported("layer_types", types.kind, supported: "an array with one name for each of \(layers) layers")
    }
    return try names.map { name in
      switch name {
      case .string("sliding_attention"): try required(window)
      case .string("full_attention"), .string("attention"): nil
      default: throw unsupported("layer_types", "\(name)", supported: "full_attention, sliding_attention")
      }
    }
  }

  /// One window for all layers: architectures of which transformers does not read `layer_types`.
  func sameWindow(_ window: Int?, layers: Int) throws -> [Int?] {
    guard let window else { return Array(repeating: nil, count: layers) }
    let windows = try windows(window, layers: layers) { _ in true }
    guard !windows.contains(nil) else {
      throw unsupported("layer_types", "full_attention", supported: "sliding_attention in all layers or in none")
    }
    return windows
  }

  /// `sliding_window`, which is one thing where the key is absent and none where it is null.
  func slidingWindow(default window: Int) throws -> Int? {
    isNull("sliding_window") ? nil : try integer("sliding_window", default: window)
  }

  private func required(_ window: Int?) throws -> Int {
    guard let window else {
      throw unsupported("sliding_window", "null", supported: "a number of positions for layers that slide")
    }
    return window
  }
}
