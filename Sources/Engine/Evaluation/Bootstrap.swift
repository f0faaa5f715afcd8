/// Uncertainty of a mean over queries, by resampling the queries (Efron 1979, percentile interval).

/// A mean and its 95 % interval.
package struct Estimate: Equatable, Sendable {
  package let value: Double
  package let low: Double
  package let high: Double
}

package enum Bootstrap {
  package static let resamples = 2000
  /// Fixed, so that the same scores always give the same interval.
  package static let seed: UInt64 = 20_240_229

  /// The mean of the values, and the 2.5th and 97.5th percentile of the means of `resamples` samples of the same size
  /// drawn with replacement. All NaN for no values: there is nothing to estimate.
  package static func mean(_ values: [Double]) -> Estimate {
    guard !values.isEmpty else { return Estimate(value: .nan, low: .nan, high: .nan) }
    let count = Double(values.count)
    var generator = SplitMix64(seed: seed)
    let means = (0..<resamples).map { _ in
      var sum = 0.0
      for _ in values { sum += values[generator.next(below: values.count)] }
      return sum / count
    }
    let bounds = interval(of: means)
    return Estimate(value: values.reduce(0, +) / count, low: bounds.lowerBound, high: bounds.upperBound)
  }

  /// The 2.5th and 97.5th percentile of a sample that has at least one value.
  static func interval(of sample: [Double]) -> ClosedRange<Double> {
    let sorted = sample.sorted()
    return percentile(0.025, of: sorted)...percentile(0.975, of: sorted)
  }

  /// Linear interpolation between the closest ranks, as NumPy does.
  private static func percentile(_ fraction: Double, of sorted: [Double]) -> Double {
    let position = fraction * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
  }
}
