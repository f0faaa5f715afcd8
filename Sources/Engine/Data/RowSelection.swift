/// Which rows of a store a data set has, and in which order: ranges, as splits name them, or a list.
///
/// Ranges take no memory for their rows; a list takes 4 bytes for each.
struct RowSelection: Sendable {
  private enum Rows: Sendable {
    case ranges([Range<Int>])
    case list([UInt32])
  }

  private let rows: Rows
  let count: Int

  init(_ ranges: [Range<Int>]) {
    let filled = ranges.filter { !$0.isEmpty }
    rows = .ranges(filled)
    count = filled.reduce(0) { $0 + $1.count }
  }

  private init(list: [UInt32]) {
    rows = .list(list)
    count = list.count
  }

  /// The row at a position.
  ///
  /// - Complexity: linear in the number of ranges, which a split expression spells out.
  subscript(position: Int) -> Int {
    precondition((0..<count).contains(position), "there is no row at position \(position)")
    switch rows {
    case .list(let list): return Int(list[position])
    case .ranges(let ranges):
      var rest = position
      for range in ranges {
        if rest < range.count { return range.lowerBound + rest }
        rest -= range.count
      }
      preconditionFailure("positions are below the count")
    }
  }

  /// For each of `rows` that is there the first position that has it.
  func firstPositions(of rows: Set<Int>) -> [Int: Int] {
    var positions: [Int: Int] = [:]
    switch self.rows {
    case .list(let list):
      for (position, row) in list.enumerated() where rows.contains(Int(row)) && positions[Int(row)] == nil {
        positions[Int(row)] = position
      }
    case .ranges(let ranges):
      for row in rows {
        var start = 0
        for range in ranges {
          if range.contains(row) {
            positions[row] = start + row - range.lowerBound
            break
          }
          start += range.count
        }
      }
    }
    return positions
  }

  /// The rows at these positions, in this order.
  func selecting(_ positions: some Sequence<Int>) -> RowSelection {
    RowSelection(list: positions.map { UInt32(self[$0]) })
  }

  /// The first rows, at most `limit`.
  func prefix(_ limit: Int) -> RowSelection {
    switch rows {
    case .list(let list): return RowSelection(list: Array(list.prefix(limit)))
    case .ranges(let ranges):
      var rest = limit
      return RowSelection(
        ranges.map { range in
          let taken = range.prefix(rest)
          rest -= taken.count
          return taken
        })
    }
  }
}
