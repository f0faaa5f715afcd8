/// What happens to the matches when text is cut at them: `the-final--countdown` cut at `-` becomes
/// - removed: `the`, `final`, `countdown`
/// - isolated: `the`, `-`, `final`, `-`, `-`, `countdown`
/// - merged with previous: `the-`, `final-`, `-`, `countdown`
/// - merged with next: `the`, `-final`, `-`, `-countdown`
/// - contiguous: `the`, `-`, `final`, `--`, `countdown`
enum SplitBehavior: String, CaseIterable, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  init(_ node: JSONNode) throws {
    let name = try node.string()
    guard let behavior = SplitBehavior(rawValue: name) else {
      throw node.unsupportedValue("'\(name)'", expected: Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = behavior
  }

  /// Joins and drops `spans` so that one is left for each piece.
  func apply(to spans: inout [TextSpan]) {
    switch self {
    case .isolated: break
    case .removed: spans.removeAll(where: \.isMatch)
    case .contiguous: spans = Self.folded(spans) { $0 == $1 }
    case .mergedWithPrevious: spans = Self.folded(spans) { !$0 && $1 }
    case .mergedWithNext: spans = Self.folded(spans.reversed()) { !$0 && $1 }.reversed()
    }
  }

  /// Joins each span to the one before it where `joins(isMatch of the one before, isMatch)`.
  ///
  /// Nothing comes before the first span: it counts as following text that did not match.
  private static func folded(
    _ spans: some Sequence<TextSpan>, joins: (Bool, Bool) -> Bool
  ) -> [TextSpan] {
    var result: [TextSpan] = []
    var previousMatch = false
    for span in spans {
      if joins(previousMatch, span.isMatch), let last = result.last {
        result[result.count - 1].start = min(last.start, span.start)
        result[result.count - 1].end = max(last.end, span.end)
      } else {
        result.append(span)
      }
      previousMatch = span.isMatch
    }
    return result
  }
}
