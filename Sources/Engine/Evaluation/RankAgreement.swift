/// How far two rankings of the same documents agree.
import Foundation

package enum RankAgreement {
  /// Kendall's tau-b (Kendall 1945): of all pairs of documents, those in the same order less those in the opposite one, ties
  /// on either side accounted for. O(n log n) (Knight 1966).
  ///
  /// Nil where it is not defined: for fewer than two values, and where all values of a side are equal.
  ///
  /// - Precondition: as many values on both sides, none of them NaN.
  package static func kendall(_ a: [Double], _ b: [Double]) -> Double? {
    precondition(a.count == b.count, "\(a.count) values beside \(b.count)")
    precondition(!a.contains(where: \.isNaN) && !b.contains(where: \.isNaN), "NaN has no rank")
    let order = a.indices.sorted { (a[$0], b[$0]) < (a[$1], b[$1]) }
    var sorted = order.map { b[$0] }
    let pairs = pairCount(a.count)
    let tiedInA = tiedPairs(order) { a[$0] == a[$1] }
    let tiedInBoth = tiedPairs(order) { a[$0] == a[$1] && b[$0] == b[$1] }
    let discordant = inversions(&sorted)
    let tiedInB = tiedPairs(Array(sorted.indices)) { sorted[$0] == sorted[$1] }
    let concordant = pairs - tiedInA - tiedInB + tiedInBoth - discordant
    let scale = ((pairs - tiedInA) * (pairs - tiedInB)).squareRoot()
    return scale > 0 ? (concordant - discordant) / scale : nil
  }

  /// Documents in descending order of score, equal ones in their own order.
  package static func ranking(_ scores: [Double]) -> [Int] {
    scores.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
  }

  /// The share of the first k documents that both rankings have among their first k.
  package static func topOverlap(_ a: [Int], _ b: [Int], k: Int) -> Double {
    precondition(k > 0 && k <= a.count && k <= b.count, "the first \(k) of \(a.count) and \(b.count)")
    return Double(Set(a.prefix(k)).intersection(b.prefix(k)).count) / Double(k)
  }

  /// Rank-biased overlap, extrapolated beyond the lists' end (Webber, Moffat & Zobel 2010, equation 32): the overlap at every
  /// depth d, weighted by p^d.
  ///
  /// - Precondition: both rankings have the same documents.
  package static func rankBiasedOverlap(_ a: [Int], _ b: [Int], persistence p: Double = 0.9) -> Double? {
    precondition(a.count == b.count, "\(a.count) ranks beside \(b.count)")
    precondition(p > 0 && p < 1, "a persistence of \(p)")
    guard !a.isEmpty else { return nil }
    var seen: Set<Int> = []
    var overlap = 0
    var sum = 0.0
    var weight = 1.0
    for depth in a.indices {
      for document in [a[depth], b[depth]] where !seen.insert(document).inserted { overlap += 1 }
      weight *= p
      sum += Double(overlap) / Double(depth + 1) * weight
    }
    return Double(overlap) / Double(a.count) * weight + (1 - p) / p * sum
  }

  private static func pairCount(_ count: Int) -> Double { Double(count) * Double(count - 1) / 2 }

  /// Pairs within runs of neighbours that are equal.
  private static func tiedPairs(_ order: [Int], _ areEqual: (Int, Int) -> Bool) -> Double {
    var total = 0.0
    var length = 1
    for place in order.indices.dropFirst() {
      if areEqual(order[place - 1], order[place]) {
        length += 1
      } else {
        total += pairCount(length)
        length = 1
      }
    }
    return order.isEmpty ? 0 : total + pairCount(length)
  }

  /// Sorts by merging, and counts the pairs that stood in the wrong order.
  private static func inversions(_ values: inout [Double]) -> Double {
    var count = 0.0
    var source = values
    var target = values
    var width = 1
    while width < values.count {
      var start = 0
      while start < values.count {
        let (middle, end) = (min(start + width, values.count), min(start + 2 * width, values.count))
        var (left, right) = (start, middle)
        for place in start..<end {
          if left < middle, right == end || source[left] <= source[right] {
            target[place] = source[left]
            left += 1
          } else {
            count += Double(middle - left)
            target[place] = source[right]
            right += 1
          }
        }
        start = end
      }
      swap(&source, &target)
      width *= 2
    }
    values = source
    return count
  }
}
