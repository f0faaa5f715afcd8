/// What of a run a report shows.
package struct ReportOptions: Equatable, Sendable {
  /// Documents shown at each end of a query's order, at most.
  package var hitsPerQuery = 10
  package var queries = QuerySelection.first(20)

  package init() {}
}

/// Which queries a report shows.
package enum QuerySelection: Equatable, Sendable {
  case all
  case first(Int)
  /// Places among the run's queries, from 0.
  case positions(Set<Int>)

  /// Reads `all`, or positions and ranges of them such as `0-9,17`.
  ///
  /// - Throws: `ReportError.notASelection`.
  package init(_ text: String) throws {
    if text == "all" {
      self = .all
      return
    }
    var positions: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      // A range of billions is a slip, and would be spelt out here.
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first >= 0, last >= first,
        last - first < 1_000_000
      else { throw ReportError.notASelection(text) }
      positions.formUnion(first...last)
    }
    self = .positions(positions)
  }
}
