/// Spearman's rank correlation: Pearson's of the ranks, tied values sharing the mean of theirs (Kendall & Gibbons 1990).
import Foundation

package enum Spearman {
  /// Nil where it is not defined: for fewer than two values, and where all values of a side are equal.
  ///
  /// - Precondition: as many values on both sides, none of them NaN.
  package static func correlation(_ a: [Double], _ b: [Double]) -> Double? {
    precondition(a.count == b.count, "\(a.count) values beside \(b.count)")
    guard let first = CentredRanks(a), let second = CentredRanks(b) else { return nil }
    return first.correlation(with: second)
  }

  /// Ranks from 1; equal values have the mean of the ranks that they take up.
  static func ranks(_ values: [Double]) -> [Double] {
    precondition(!values.contains(where: \.isNaN), "NaN has no rank")
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for i in start..<end { ranks[order[i]] = Double(start + end + 1) / 2 }
      start = end
    }
    return ranks
  }
}

/// Ranks less their mean, of length 1: made once for what is compared with many others.
struct CentredRanks: Equatable {
  private let values: [Double]

  /// Nil for fewer than two values, and where all are equal.
  init?(_ raw: [Double]) {
    guard let first = raw.first, raw.contains(where: { $0 != first }) else { return nil }
    let mean = Double(raw.count + 1) / 2
    let centred = Spearman.ranks(raw).map { $0 - mean }
    let length = centred.reduce(0) { $0 + $1 * $1 }.squareRoot()
    values = centred.map { $0 / length }
  }

  func correlation(with other: CentredRanks) -> Double {
    precondition(values.count == other.values.count, "\(values.count) ranks beside \(other.values.count)")
    var sum = 0.0
    for i in values.indices { sum += values[i] * other.values[i] }
    return sum
  }
}
